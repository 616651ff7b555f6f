// The whole story in the real window: open, synthesize, listen, edit, measure, export.

#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>
#include <QUndoStack>
#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <semaphore>

#include "core/resources.h"
#include "tests/ui/listen/fake_sound.h"
#include "tests/ui/model_tree/find_path.h"
#include "tests/ui/wheel.h"
#include "tests/ui/workbench/answer.h"
#include "ui/export/export_dialog.h"
#include "ui/listen/listen_panel.h"
#include "ui/measures/measures_panel.h"
#include "ui/model_tree/layer_filter.h"
#include "ui/model_tree/layer_tree_model.h"
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

/// What a card plays is this run from `first` on, at whatever level.
bool plays(const std::vector<float>& played, const Run& run, std::size_t first) {
  const auto& wave = run.synthesis.waveform;
  if (first + played.size() > wave.size()) return false;
  double cross = 0, own = 0, other = 0;
  for (std::size_t i = 0; i < played.size(); ++i) {
    cross += static_cast<double>(played[i]) * wave[first + i];
    own += static_cast<double>(played[i]) * played[i];
    other += static_cast<double>(wave[first + i]) * wave[first + i];
  }
  return own > 0 && cross / std::sqrt(own * other) > 1 - 1e-9;  // floats agree to 1e-7 of a sample
}

}  // namespace

class StoryTest : public QObject {
  Q_OBJECT

 private:
  test::FakeSound* card_ = nullptr;  // of the window opened last

  std::unique_ptr<MainWindow> opened() {
    auto card = std::make_unique<test::FakeSound>();
    card_ = card.get();
    auto window = std::make_unique<MainWindow>(std::move(card));
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

    // Listen: switching while it plays keeps the place, to the sample.
    auto& player = window->listen().player();
    constexpr int kCrossfade = 24000 / 100;
    player.switchTo(0);
    player.play();
    QVERIFY(plays(card_->play(36000), *workbench.runs()[0], 0));
    player.switchTo(1);
    card_->play(kCrossfade);
    QVERIFY(plays(card_->play(12000), *workbench.runs()[1], 36000 + kCrossfade));
    QVERIFY(player.playing());
    player.pause();

    // See.
    TRY(workbench.lanes().analysis.pending() == 0);
    TRY(window->spectrogram().readout(1.0, 1000).contains("B−A"));
    TRY(!window->measures().csv().isEmpty());

    // Keep: what is heard, to the sample or to 24 bits, and the report.
    QTemporaryDir folder;
    for (const auto* name : {"b.wav", "b.FLAC"}) {
      const auto path = folder.filePath(name).toStdString();
      window->saveSound(QString::fromStdString(path));
      TRY(workbench.lanes().writing.pending() == 0);
      QFile sound(QString::fromStdString(path));
      QVERIFY(sound.open(QIODevice::ReadOnly));
      QCOMPARE(sound.read(4), QByteArray(path.ends_with("wav") ? "RIFF" : "fLaC"));
      const auto kept = read_sound(path).samples;
      const auto& made = workbench.runs()[1]->synthesis.waveform;
      QCOMPARE(kept.size(), made.size());
      for (std::size_t i = 0; i < made.size(); ++i) QVERIFY(std::abs(kept[i] - made[i]) <= 1.0F / (1 << 23));
    }
    window->saveReport(folder.filePath("report.json"));
    TRY(workbench.lanes().writing.pending() == 0);
    QFile kept_report(folder.filePath("report.json"));
    QVERIFY(kept_report.open(QIODevice::ReadOnly));
    QCOMPARE(kept_report.readAll().toStdString(), to_json(*workbench.report()));

    // Toggle a layer of B, hear it, undo.
    const auto first = workbench.runs();
    auto& tree = window->modelTree();
    tree.revealLayer("mel2wav.ups.0");
    tree.choose(Precision::fp32);
    QVERIFY(!workbench.stale(*workbench.runs()[0]) && workbench.stale(*workbench.runs()[1]));
    workbench.synthesize();
    TRY(!workbench.synthesizing());
    QVERIFY(workbench.runs()[1]->synthesis.waveform != first[1]->synthesis.waveform);
    QVERIFY(workbench.runs()[0]->synthesis.waveform == first[0]->synthesis.waveform);
    QVERIFY(workbench.runs()[1]->synthesis.mel == first[1]->synthesis.mel);
    // Only what lies behind the layer was computed.
    for (const auto& cost : workbench.runs()[1]->synthesis.costs)
      QCOMPARE(cost.reused, cost.stage != "vocoder");
    // Undone, the plan has its run again, and nothing is to be made.
    workbench.undoGroup().undo();
    QVERIFY(workbench.runs()[1] == first[1] && !workbench.stale(*first[1]));
    // What it was before the edit can be kept beside it.
    window->findChild<QAction*>("showBefore")->toggle();
    QCOMPARE(workbench.runs().size(), 3u);
    QCOMPARE(workbench.runs()[2]->name, QString("B′"));
    QVERIFY(workbench.runs()[2]->synthesis.waveform != first[1]->synthesis.waveform);
    QVERIFY(workbench.runs()[2] == workbench.runs()[2]);  // one object, which is measured once
    window->findChild<QAction*>("showBefore")->toggle();
    QCOMPARE(workbench.runs().size(), 2u);
    workbench.undoGroup().redo();
    QVERIFY(workbench.runs()[1] != first[1] && !workbench.stale(*workbench.runs()[1]));
    workbench.undoGroup().undo();

    // A whole component is one step to undo, and the flow changes what is before the vocoder.
    const auto seed = workbench.editor()->plan();
    tree.view().setCurrentIndex(test::find_path(tree.filter(), "flow"));
    tree.choose(Precision::bf16);
    QVERIFY(!(workbench.editor()->plan() == seed));
    workbench.synthesize();
    TRY(!workbench.synthesizing());
    QVERIFY(workbench.runs()[1]->synthesis.mel != first[1]->synthesis.mel);
    workbench.undoGroup().undo();
    QVERIFY(workbench.editor()->plan() == seed);
    workbench.synthesize();
    TRY(!workbench.synthesizing());
    QVERIFY(workbench.runs()[1]->synthesis.waveform == first[1]->synthesis.waveform);

    // Export and verify.
    auto* dialog = window->exportPlan();
    dialog->setFile(folder.filePath("b.safetensors"));
    const auto predicted = dialog->predictedBytes();
    dialog->start();
    TRY(dialog->state() == ExportDialog::State::verified);
    QCOMPARE(static_cast<quint64>(QFileInfo(folder.filePath("b.safetensors")).size()), predicted);
    dialog->close();

    // The plan, saved and opened again in the other slot.
    const auto plan_path = folder.filePath("b.plan.json");
    window->savePlan(plan_path);
    TRY(workbench.lanes().writing.pending() == 0);
    window->findChild<QTabBar*>("slots")->setCurrentIndex(0);
    QCOMPARE(workbench.currentSlot(), 0);
    window->open({plan_path});
    TRY(workbench.planSlots()[0].editor->plan() == workbench.planSlots()[1].editor->plan());

    // The session, saved, and opened again in another window, which makes the same sound again.
    const auto session_path = folder.filePath("work.octet");
    workbench.setCurrentSlot(1);
    tree.revealLayer("mel2wav.ups.1");
    tree.choose(Precision::bf16);
    const auto edited = workbench.planSlots()[1].editor->plan();
    workbench.setCurrentClip(3);
    workbench.synthesize();
    TRY(!workbench.synthesizing());
    const auto spoken = workbench.runs();
    auto later = workbench.settings();
    later.seed = 77;  // of the next synthesis, not of the runs that there are
    workbench.setSettings(later);
    QVERIFY(workbench.stale(*spoken[0]) && workbench.stale(*spoken[1]));
    QVERIFY(window->document().save(session_path));
    {
      MainWindow other(std::make_unique<test::FakeSound>());
      other.open({session_path});
      TRY(other.workbench().checkpoint() != nullptr && other.workbench().currentClip() == 3);
      QVERIFY(other.workbench().planSlots()[1].editor->plan() == edited);
      QVERIFY(other.workbench().settings() == workbench.settings());
      QVERIFY(other.workbench().clips() == workbench.clips());
      QCOMPARE(other.workbench().currentSlot(), 1);
      auto* again = other.findChild<QPushButton*>("messageAction");
      QVERIFY(!again->isHidden());
      again->click();
      TRY(!other.workbench().synthesizing());
      QCOMPARE(other.workbench().runs().size(), 2u);
      for (const std::size_t slot : {0, 1}) {
        QCOMPARE(other.workbench().runs()[slot]->key.seed, 0u);
        QVERIFY(other.workbench().runs()[slot]->synthesis.waveform == spoken[slot]->synthesis.waveform);
      }
    }

    // The export is a checkpoint like any other.
    const test::Answer discard(QMessageBox::Discard);
    window->open({folder.filePath("b.safetensors")});
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
    const test::Answer discard(QMessageBox::Discard);
    QFile bad(folder.filePath("bad.safetensors"));
    QVERIFY(bad.open(QIODevice::WriteOnly));
    bad.write("nothing of use");
    bad.close();
    window->open({bad.fileName()});
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
    window->open({plan.fileName()});
    TRY(window->messages().message().contains("bad.plan.json: line 1"));
    QVERIFY(workbench.editor()->plan() == before);

    window->savePlan(folder.filePath("bad.plan.json/below-a-file.json"));
    TRY(window->messages().message().contains("below-a-file"));

    // A folder that nobody may write into, not even root.
    auto* dialog = window->exportPlan();
    dialog->setFile("/proc/b.safetensors");
    dialog->start();
    TRY(dialog->state() == ExportDialog::State::choosing);
    const auto* failure = dialog->findChild<QLabel*>("exportFailure");
    QVERIFY(!failure->isHidden());
    QVERIFY2(failure->text().contains("/proc"), qPrintable(failure->text()));
    dialog->close();

    // No sound card: everything but hearing works, and the window says why.
    card_->plug({});
    QVERIFY(window->findChild<QWidget*>("noDevice")->isVisible());
    QVERIFY(window->findChild<QLabel*>("problem")->text().contains("No audio device"));

    // Out of GPU memory, then again with less to do: the first failure cost nothing.
    bool full = true;
    workbench.setSpeak([&full](const Engine& engine, const BoundModel& model, const SynthesisRequest& request,
                               const JobControl& control) -> Synthesis {
      if (full) throw Error(ErrorKind::device, "CUDA out of memory", "synthesize fewer tokens at once");
      return engine.synthesize(model, request, control);
    });
    workbench.synthesize();
    TRY(window->messages().message() == "CUDA out of memory");
    workbench.cancelSynthesis();  // the measures do not go through what fails here
    TRY(!workbench.synthesizing());
    QVERIFY(workbench.runs().empty());
    full = false;

    // Cancelled in mid-synthesis by the button that began it.
    auto settings = workbench.settings();
    settings.steps = 50;
    workbench.setSettings(settings);
    auto* go = window->findChild<QPushButton*>("synthesize");
    bool stepped = false;
    connect(&workbench.lanes().device, &JobRunner::progressed, this,
            [&](JobRunner::Id, const Progress& progress) {
              if (progress.total == 50 && !std::exchange(stepped, true)) go->click();
            });
    go->click();
    TRY(!workbench.synthesizing());
    QVERIFY(stepped);
    QVERIFY(workbench.runs().empty());

    settings.steps = 1;
    workbench.setSettings(settings);
    workbench.synthesize();
    TRY(!workbench.synthesizing());
    QCOMPARE(workbench.runs().size(), 2u);
  }

  void a_session_of_another_checkpoint_says_so() {
    QTemporaryDir folder;
    const auto path = folder.filePath("work.octet");
    const auto window = opened();
    QVERIFY(window->document().save(path));
    {
      QFile file(path);
      QVERIFY(file.open(QIODevice::ReadWrite));
      auto session = nlohmann::json::parse(file.readAll().toStdString());
      session["checkpoint"]["sha256"] = std::string(64, '0');
      session["of_the_future"] = "kept";
      file.resize(0);
      file.write(QByteArray::fromStdString(session.dump()));
    }
    window->open({path});
    TRY(window->messages().message().contains("is not the checkpoint this session was made with"));
    QVERIFY(window->document().save(path));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto saved = nlohmann::json::parse(file.readAll().toStdString());
    QCOMPARE(saved["checkpoint"]["sha256"].get<std::string>(),
             window->workbench().checkpoint()->source_sha256());
    QCOMPARE(saved["of_the_future"].get<std::string>(), "kept");
  }

  // Both lanes are held while a person goes on: what waited for one of them would never come back.
  void nothing_a_person_does_waits_for_a_job() {
    const auto window = opened();
    auto& workbench = window->workbench();
    workbench.synthesize();
    TRY(!workbench.synthesizing() && workbench.lanes().analysis.pending() == 0);
    std::binary_semaphore go_on[2] = {std::binary_semaphore{0}, std::binary_semaphore{0}};
    const std::array lanes{&workbench.lanes().device, &workbench.lanes().analysis};
    for (const std::size_t i : {0, 1})
      lanes[i]->run(
          "held", this, [&, i](const JobControl&) { return go_on[i].acquire(), 0; }, [](int) {});
    const auto held = [&] {
      return workbench.synthesizing() &&
             std::ranges::all_of(lanes, [](const auto* lane) { return lane->pending() > 0; });
    };

    QTemporaryDir folder;
    auto settings = workbench.settings();
    settings.seed = 1;
    workbench.setSettings(settings);
    auto* dialog = window->exportPlan();
    dialog->setFile(folder.filePath("b.safetensors"));
    workbench.synthesize();
    dialog->start();
    auto& waveform = *window->findChild<QWidget*>("waveform");
    auto& search = *window->findChild<QLineEdit*>("layerSearch");
    auto& tree = window->modelTree();
    auto& player = window->listen().player();
    const auto seed = workbench.editor()->plan();
    for (int round = 0; round < 2; ++round) {
      test::turn_wheel(waveform, waveform.rect().center(), 2, Qt::ControlModifier);
      test::turn_wheel(waveform, waveform.rect().center(), -2, Qt::ControlModifier);
      QTest::keyClick(&search, Qt::Key_R);
      QVERIFY(tree.filter().active());
      QTest::keyClick(&search, Qt::Key_Backspace);
      tree.view().expandAll();
      tree.view().setCurrentIndex(test::find_path(tree.filter(), "flow"));
      tree.choose(Precision::bf16);
      QVERIFY(!(workbench.editor()->plan() == seed));
      workbench.undoGroup().undo();
      QVERIFY(workbench.editor()->plan() == seed);
      window->spectrogram().setView(SpectrogramPanel::View::difference);
      window->spectrogram().setView(SpectrogramPanel::View::all);
      window->measures().showSection(MeasuresPanel::Section::steps);
      window->measures().showSection(MeasuresPanel::Section::scores);
      workbench.setCurrentClip(1 - round);
      player.togglePlaying();
      window->grab();  // all of it can be drawn
      QCoreApplication::processEvents();
    }
    QVERIFY(held());
    QCOMPARE(dialog->state(), ExportDialog::State::writing);
    for (auto& lane : go_on) lane.release();
    TRY(!workbench.synthesizing() && dialog->state() == ExportDialog::State::verified);
  }

  void closing_while_jobs_run_ends_cleanly() {
    auto window = opened();
    QSignalSpy progress(&window->workbench().lanes().device, &JobRunner::progressed);
    window->workbench().synthesize();
    QVERIFY(progress.wait(kPatience));
    const test::Answer discard(QMessageBox::Discard);
    window->close();
    window.reset();
  }
};

QTEST_MAIN(StoryTest)
#include "test_story.moc"
