#include <QAction>
#include <QMenu>
#include <QTest>
#include <atomic>

#include "tests/ui/workbench/demo_window.h"
#include "ui/listen/listen_panel.h"
#include "ui/runs/run_difference.h"

using namespace octet;
using namespace octet::ui;
using octet::test::kPatience;
using octet::test::window_of_the_demo;

namespace {

/// Speaks at once: as loud as the runs that there were.
struct Spoken {
  std::unique_ptr<MainWindow> window = window_of_the_demo();
  Workbench& workbench = window->workbench();
  std::shared_ptr<std::atomic<int>> made = std::make_shared<std::atomic<int>>(0);

  Spoken() {
    workbench.setSpeak([made = made](const Engine&, const BoundModel&, const SynthesisRequest&, const auto&) {
      Synthesis spoken;
      spoken.waveform.assign(kSampleRate, 0.01F * static_cast<float>(++*made));
      return spoken;
    });
    synthesize();
  }
  void synthesize() {
    const int wanted = *made + 2;
    workbench.synthesize();
    const auto done = [&] {
      return *made == wanted && workbench.runs().size() > 1 && !workbench.stale(*workbench.runs()[1]);
    };
    if (!QTest::qWaitFor(done, kPatience)) qFatal("nothing is spoken");
    workbench.cancelSynthesis();  // measuring takes a real model
  }
  void edit(const char* layer, Precision precision) {
    auto plan = workbench.editor()->plan();
    plan.layers[layer] = {.precision = precision};
    workbench.editor()->setPlan(plan, "an edit");
    synthesize();
  }
  QList<QAction*> entries() {
    auto* menu = window->findChild<QMenu*>("earlierRuns");
    Q_EMIT menu->aboutToShow();
    return menu->actions();
  }
};

}  // namespace

class EarlierRunsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void each_earlier_run_is_chosen_from_the_menu_and_heard() {
    Spoken spoken;
    auto& workbench = spoken.workbench;
    QCOMPARE(spoken.entries().size(), 1);
    QVERIFY(!spoken.entries()[0]->isEnabled());
    const auto first = workbench.runs()[1];
    spoken.edit("mel2wav.ups.0", Precision::fp32);
    const auto second = workbench.runs()[1];
    spoken.edit("mel2wav.ups.1", Precision::fp32);
    QVERIFY(workbench.earlierRuns() == Runs({second, first}));
    auto entries = spoken.entries();
    QCOMPARE(entries.size(), 3);
    QVERIFY(entries[0]->isChecked());
    QVERIFY2(entries[1]->text().startsWith("B′, before the last edit: plan seed, 1 layers otherwise"),
             qPrintable(entries[1]->text()));
    QVERIFY2(entries[2]->text().startsWith("B′2, 2 edits ago: plan seed, 2 layers otherwise"),
             qPrintable(entries[2]->text()));
    entries[2]->trigger();
    const auto shown = workbench.runs();
    QCOMPARE(shown.size(), 3u);
    QCOMPARE(shown[2]->name, QString("B′2"));
    QCOMPARE(shown[2]->slot(), 1);
    QVERIFY(shown[2]->synthesis.waveform == first->synthesis.waveform);
    QVERIFY(workbench.runs()[2] == shown[2]);  // one object, which is measured once
    const auto& tracks = spoken.window->listen().player().tracks();
    QVERIFY(*tracks[2].samples == first->synthesis.waveform);
    // It is what was chosen: nothing is out of date.
    QVERIFY(!workbench.stale(*shown[2]));
    QVERIFY(spoken.entries()[2]->isChecked());
    // The key for the run before takes it away, and brings the last one.
    auto& before = *spoken.window->findChild<QAction*>("showBefore");
    QVERIFY(before.isChecked());
    before.toggle();
    QCOMPARE(workbench.runs().size(), 2u);
    before.toggle();
    QVERIFY(workbench.runs()[2]->synthesis.waveform == second->synthesis.waveform);
    // Undone, the plan has its run again, and the other two are what there is beside it.
    workbench.undoGroup().undo();
    QVERIFY(workbench.runs()[1] == second);
    QCOMPARE(workbench.earlierRuns().size(), 2u);
    QVERIFY(workbench.earlierRuns()[1] == first);
  }

  void what_a_run_was_asked_for_otherwise_is_said() {
    Run run, other;
    run.resolved = other.resolved = std::make_shared<const ResolvedPlan>();
    QCOMPARE(difference_in_words(run, other), QString());
    run.key.voice = "nora.wav";
    run.voice = "nora";
    run.key.steps = 3;
    run.key.seed = 7;
    QCOMPARE(difference_in_words(run, other),
             QString("in the voice nora, by 3 Euler steps and noise seed 7"));
    QCOMPARE(
        difference_in_words(other, run),
        QString("in the clip's own voice, by as many Euler steps as it was trained for and noise seed 0"));
    other = run;
    other.key.device = "cuda";
    other.key.threads = 2;
    QCOMPARE(difference_in_words(other, run), QString("computed on cuda and by 2 threads"));
  }
};

QTEST_MAIN(EarlierRunsTest)
#include "test_earlier_runs.moc"
