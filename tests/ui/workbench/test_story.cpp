// The whole story in the real window: open, synthesize, listen, edit, measure, export.

#include <QLabel>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>
#include <QUndoStack>
#include <ctime>

#include "core/resources.h"
#include "ui/export/export_dialog.h"
#include "ui/listen/listen_panel.h"
#include "ui/measures/measures_panel.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/spectrogram/spectrogram_panel.h"
#include "ui/theme/theme.h"
#include "ui/workbench/main_window.h"
#include "ui/workbench/memory_readout.h"
#include "ui/workbench/message_bar.h"

using namespace octet;
using namespace octet::ui;

namespace {

constexpr int kPatience = 240'000;  // ms

#define TRY(condition) QTRY_VERIFY_WITH_TIMEOUT(condition, kPatience)

/// What this thread computed so far, in seconds, without what the machine does beside.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

class StoryTest : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<MainWindow> opened() {
    auto window = std::make_unique<MainWindow>();
    window->show();
    window->workbench().openDemo();
    if (!QTest::qWaitFor([&] { return window->workbench().checkpoint() != nullptr; }, kPatience))
      qFatal("the demo voice does not open");
    auto settings = window->workbench().settings();
    settings.steps = 2;
    settings.device = "cpu";
    settings.threads = 1;
    window->workbench().setSettings(settings);
    return window;
  }

 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);  // settings of nobody
    QCoreApplication::setOrganizationName("octet-test");
  }

  void from_the_demo_voice_to_a_verified_export() {
    const auto window = opened();
    auto& workbench = window->workbench();
    QSignalSpy problems(&workbench, &Workbench::problem);

    // Synthesize by the button people press.
    auto* go = window->findChild<QPushButton*>("synthesize");
    QVERIFY(go->isEnabled());
    QCOMPARE(go->text(), "Synthesize A/B");
    QTest::mouseClick(go, Qt::LeftButton, {}, QPoint(10, 10));
    QVERIFY(workbench.synthesizing());
    QCOMPARE(go->text(), "Cancel");
    TRY(!workbench.synthesizing());
    QCOMPARE(problems.size(), 0);
    QCOMPARE(workbench.runs().size(), 2u);

    // Listen: switching keeps the place.
    auto& player = window->listen().player();
    player.seek(1.0);
    player.switchTo(0);
    player.play();
    player.switchTo(1);
    QCOMPARE(player.active(), 1);
    QVERIFY(player.position() >= 1.0 - 1e-6);
    player.pause();

    // See.
    TRY(workbench.analysisLane().pending() == 0);
    TRY(window->spectrogram().readout(1.0, 1000).contains("B-A") ||
        window->spectrogram().readout(1.0, 1000).contains("B−A"));
    TRY(!window->measures().csv().isEmpty());

    // Toggle a component of B, hear it, undo.
    const auto first = workbench.runs();
    auto& tree = window->modelTree();
    tree.revealLayer("mel2wav.ups.0");
    tree.choose(Precision::fp32);
    QVERIFY(workbench.stale(1));
    workbench.synthesize();
    TRY(!workbench.synthesizing());
    QVERIFY(workbench.runs()[1]->synthesis.waveform != first[1]->synthesis.waveform);
    QVERIFY(workbench.runs()[0]->synthesis.waveform == first[0]->synthesis.waveform);
    QVERIFY(workbench.runs()[1]->synthesis.mel == first[1]->synthesis.mel);
    // Only what lies behind the layer was computed.
    for (const auto& cost : workbench.runs()[1]->synthesis.costs)
      QCOMPARE(cost.reused, cost.stage != "vocoder");
    workbench.undoGroup().undo();
    QVERIFY(workbench.stale(1));
    workbench.synthesize();
    TRY(!workbench.synthesizing());
    QVERIFY(workbench.runs()[1]->synthesis.waveform == first[1]->synthesis.waveform);

    // Export and verify.
    QTemporaryDir folder;
    auto* dialog = window->exportPlan();
    dialog->setFile(folder.filePath("b.safetensors"));
    const auto predicted = dialog->predictedBytes();
    dialog->start();
    TRY(dialog->state() == ExportDialog::State::verified);
    QCOMPARE(static_cast<quint64>(QFileInfo(folder.filePath("b.safetensors")).size()), predicted);
    dialog->close();

    // The plan, saved and opened again in the other slot.
    const auto plan_path = folder.filePath("b.plan.json");
    QVERIFY(window->savePlan(plan_path));
    window->findChild<QTabBar*>("slots")->setCurrentIndex(0);
    QCOMPARE(workbench.currentSlot(), 0);
    window->open(plan_path);
    QVERIFY(workbench.planSlots()[0].editor->plan() == workbench.planSlots()[1].editor->plan());

    // The session, saved, and opened again in another window.
    const auto session_path = folder.filePath("work.octet");
    tree.revealLayer("mel2wav.ups.1");
    workbench.setCurrentSlot(1);
    tree.choose(Precision::bf16);
    const auto edited = workbench.planSlots()[1].editor->plan();
    workbench.setCurrentClip(3);
    QVERIFY(window->saveSession(session_path));
    {
      MainWindow other;
      other.open(session_path);
      TRY(other.workbench().checkpoint() != nullptr && other.workbench().currentClip() == 3);
      QVERIFY(other.workbench().planSlots()[1].editor->plan() == edited);
      QVERIFY(other.workbench().settings() == workbench.settings());
      QVERIFY(other.workbench().clips() == workbench.clips());
      QCOMPARE(other.workbench().currentSlot(), 1);
      other.workbench().setCurrentClip(0);
      other.workbench().synthesize();
      TRY(!other.workbench().synthesizing());
      workbench.setCurrentClip(0);
      workbench.synthesize();
      TRY(!workbench.synthesizing());
      for (const std::size_t slot : {0, 1})
        QVERIFY(other.workbench().runs()[slot]->synthesis.waveform ==
                workbench.runs()[slot]->synthesis.waveform);
    }

    // The export is a checkpoint like any other.
    window->open(folder.filePath("b.safetensors"));
    TRY(workbench.checkpoint()->path().filename() == "b.safetensors");
    QVERIFY(workbench.runs().empty());
    QVERIFY(window->windowTitle().contains("b.safetensors"));
    QCOMPARE(problems.size(), 0);
  }

  // Nobody has to know a menu to hear the first sentence.
  void one_button_leads_from_the_empty_window_to_the_first_sentence() {
    MainWindow window;
    window.show();
    auto& workbench = window.workbench();
    auto* next = window.findChild<QPushButton*>("acceptInvitation");
    QVERIFY(next->isVisible());
    QVERIFY(next->text().contains("demo"));
    QTest::mouseClick(next, Qt::LeftButton);
    TRY(workbench.checkpoint() != nullptr);
    QVERIFY(next->text().contains("Synthesize"));
    workbench.setSpeak([](const auto&, const auto&, const auto&, const auto&) -> Synthesis {
      throw Error(ErrorKind::device, "it was asked to speak");
    });
    QTest::mouseClick(next, Qt::LeftButton);
    QVERIFY(workbench.synthesizing());
    QVERIFY(!next->isVisible());
    TRY(window.messages().message() == "it was asked to speak");
    workbench.cancelSynthesis();
    TRY(!workbench.synthesizing());
    QVERIFY(next->isVisible());
  }

  void colours_of_the_window_follow_light_and_dark() {
    const auto window = opened();
    const auto& tabs = *window->findChild<QTabBar*>("slots");
    QCOMPARE(tabs.currentIndex(), 1);
    window->showWelcome();
    for (const auto appearance : {Appearance::dark, Appearance::light}) {
      apply_appearance(appearance);
      QCoreApplication::processEvents();
      const auto picture = window->findChild<QTabBar*>("slots")->grab().toImage();
      const auto inside = [&](int tab) { return tabs.tabRect(tab).topLeft() + QPoint(6, 8); };
      QCOMPARE(picture.pixelColor(inside(1)).name(), run_colour(1).name());  // what is edited is filled
      QVERIFY(picture.pixelColor(inside(0)).name() != run_colour(0).name());
      const auto bar = window->messages().grab().toImage();
      QCOMPARE(bar.pixelColor(bar.width() / 2, 2).name(),
               QApplication::palette().color(QPalette::Base).name());
    }
  }

  void memory_is_told_beside_the_device() {
    const auto window = opened();
    auto* memory = window->findChild<QLabel*>("memory");
    static const QRegularExpression told("^CPU \\d+([.,]\\d)?/\\d+([.,]\\d)? GB$");
    TRY(told.match(memory->text()).hasMatch());
    QCOMPARE(memory_text({940'000'000, 139'000'000'000}), QLocale().toString(0.9, 'f', 1) + "/139 GB");
    // What holds LibTorch takes more than 50 MB, and not all there is.
    const auto use = memory_use(Device{});
    QVERIFY(use.used > 50'000'000);
    QVERIFY(use.used < use.total);
  }

  void failures_are_told_in_the_window_and_lose_nothing() {
    const auto window = opened();
    auto& workbench = window->workbench();
    QTemporaryDir folder;
    QFile bad(folder.filePath("bad.safetensors"));
    QVERIFY(bad.open(QIODevice::WriteOnly));
    bad.write("nothing of use");
    bad.close();
    window->open(bad.fileName());
    TRY(!window->messages().message().isEmpty());
    QVERIFY2(window->messages().message().contains("bad.safetensors"),
             qPrintable(window->messages().message()));
    QVERIFY(window->messages().isVisible());
    QVERIFY(workbench.checkpoint() != nullptr);

    QFile plan(folder.filePath("bad.plan.json"));
    QVERIFY(plan.open(QIODevice::WriteOnly));
    plan.write("{\"format\": \"octet-plan\", \"version\": 1, \"base\": \"bf17\", \"rules\": []}");
    plan.close();
    const auto before = workbench.editor()->plan();
    window->open(plan.fileName());
    QVERIFY2(window->messages().message().contains("bad.plan.json"),
             qPrintable(window->messages().message()));
    QVERIFY(workbench.editor()->plan() == before);

    QVERIFY(!window->savePlan(folder.filePath("bad.plan.json/below-a-file.json")));
    QVERIFY2(window->messages().message().contains("below-a-file"), qPrintable(window->messages().message()));

    workbench.setSpeak([](const auto&, const auto&, const auto&, const auto&) -> Synthesis {
      throw Error(ErrorKind::device, "CUDA out of memory", "synthesize fewer tokens at once");
    });
    workbench.synthesize();
    TRY(window->messages().message() == "CUDA out of memory");
    workbench.cancelSynthesis();
    TRY(!workbench.synthesizing());
  }

  void the_window_stays_awake_while_the_device_works() {
    const auto window = opened();
    auto& workbench = window->workbench();
    workbench.synthesize();
    double longest = 0;
    int rounds = 0;
    while (workbench.synthesizing() || workbench.analysisLane().pending() > 0) {
      const double begin = thread_seconds();
      QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 20);
      longest = std::max(longest, thread_seconds() - begin);
      ++rounds;
    }
    QVERIFY(rounds > 0);
    // All that was queued in a round counts as one, drawing without a GPU included: an upper bound. A model
    // that ran on this thread would take seconds.
    qInfo("longest round of the event loop: %.0f ms of this thread's time, in %d rounds", 1000 * longest,
          rounds);
    QVERIFY(longest < 1.0);
  }

  void closing_while_jobs_run_ends_cleanly() {
    auto window = opened();
    QSignalSpy progress(&window->workbench().deviceLane(), &JobRunner::progressed);
    window->workbench().synthesize();
    QVERIFY(progress.wait(kPatience));
    window->close();
    window.reset();
  }
};

QTEST_MAIN(StoryTest)
#include "test_story.moc"
