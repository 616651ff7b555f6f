// What the window makes of what comes to it: documents, dropped files, a crash before, the person leaving.

#include <QDir>
#include <QDockWidget>
#include <QDropEvent>
#include <QFile>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QScreen>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QStyle>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>
#include <QUrl>

#include "core/audio/sound_file.h"
#include "core/resources.h"
#include "core/synthesis/tensor_inputs.h"
#include "tests/paper_checkpoint.h"
#include "tests/ui/document/demo_document.h"
#include "tests/ui/listen/fake_sound.h"
#include "tests/ui/model_tree/find_path.h"
#include "tests/ui/workbench/answer.h"
#include "tests/ui/workbench/demo_window.h"
#include "ui/export/export_dialog.h"
#include "ui/listen/listen_panel.h"
#include "ui/measures/measures_panel.h"
#include "ui/model_tree/layer_filter.h"
#include "ui/model_tree/layer_tree_model.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/plots/chart_file.h"
#include "ui/preferences/preferences.h"
#include "ui/spectrogram/spectrogram_panel.h"
#include "ui/workbench/main_window.h"
#include "ui/workbench/memory_readout.h"
#include "ui/workbench/message_bar.h"

using namespace octet;
using namespace octet::ui;
using octet::test::Answer;
using octet::test::window_of_the_demo;

namespace {

void drop(MainWindow& window, const QStringList& paths) {
  QMimeData data;
  QList<QUrl> urls;
  for (const auto& path : paths) urls << QUrl::fromLocalFile(path);
  data.setUrls(urls);
  QDragEnterEvent enter({100, 100}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(&window, &enter);  // Qt drops only where something came in
  QDropEvent event({100, 100}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QCoreApplication::sendEvent(&window, &event);
}

}  // namespace

class MainWindowTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);  // settings of nobody
    QCoreApplication::setOrganizationName("octet-test");
  }

  // As an export of a full-size model, opened while the demo is: its plan A names layers the demo lacks.
  void a_document_with_other_layers_takes_the_place_of_the_demo() {
    const auto window = window_of_the_demo();
    Document document;
    document.checkpoint = test::full_size();
    auto first = preset("all-base", Precision::bf16, false);
    first.layers["flow.decoder.estimator.mid_blocks.11.1.0.attn1.to_q"] = {.precision = Precision::fp32};
    document.plans = {first, preset("seed", Precision::bf16, false)};
    document.voices = {{"the clip's own", {}}};
    document.settings.voice = document.voices.front();
    window->workbench().adopt(std::move(document));
    QVERIFY(window->workbench().checkpoint() == test::full_size());
    auto& filter = window->modelTree().filter();
    QVERIFY(test::find_path(filter, "mel2wav").data(LayerTreeModel::kDifferentRole).toBool());
    window->modelTree().revealLayer("flow.decoder.estimator.mid_blocks.11.1.0.attn1.to_q");
    QVERIFY(window->modelTree().view().currentIndex().data(LayerTreeModel::kDifferentRole).toBool());
    QVERIFY(window->workbench().runs().empty());
  }

  void with_nothing_open_nothing_is_offered_that_needs_it() {
    MainWindow window(std::make_unique<test::FakeSound>());
    const auto offered = [&window](const char* name) {
      return window.findChild<QAction*>(QLatin1String(name))->isEnabled();
    };
    const auto of_a_document = {"save",   "saveAs",     "saveHeard", "saveReport",
                                "export", "findLayers", "blindTest", "validate"};
    for (const auto* name : of_a_document) QVERIFY2(!offered(name), name);
    for (const auto* name : {"open", "demo"}) QVERIFY2(offered(name), name);
    window.workbench().openDemo();
    TRY(window.workbench().checkpoint() != nullptr);
    for (const auto* name : of_a_document) QVERIFY2(offered(name), name);
  }

  void where_it_is_computed_is_chosen_beside_what_that_takes() {
    const auto window = window_of_the_demo();
    auto& workbench = window->workbench();
    auto& device = *window->findChild<DeviceChooser*>();
    QCOMPARE(device.device(), workbench.settings().device);
    QTest::keyClick(&device, Qt::Key_End);  // a list of "auto", "cpu" and the GPUs
    QCOMPARE(workbench.settings().device, device.device());
    auto settings = workbench.settings();
    settings.device = "cpu";
    workbench.setSettings(settings);
    QCOMPARE(device.device(), QString("cpu"));
    QVERIFY(device.geometry().right() < window->findChild<MemoryReadout*>()->geometry().left());
  }

  void tensors_that_are_not_used_are_said_when_a_checkpoint_opens() {
    class WithMore final : public test::PaperCheckpoint {
     public:
      const std::vector<std::string>& unexpected() const override { return more_; }

     private:
      std::vector<std::string> more_{"flow.x.lora_A.weight", "optimizer.step"};
    };
    const auto window = window_of_the_demo();
    QVERIFY(!window->messages().message().contains("not used"));
    Document document;
    document.checkpoint = std::make_shared<const WithMore>();
    document.plans = {preset("all-base", Precision::bf16, false), preset("seed", Precision::bf16, false)};
    document.voices = {{"the clip's own", {}}};
    document.settings.voice = document.voices.front();
    window->workbench().adopt(std::move(document));
    const auto message = window->messages().message();
    QVERIFY2(message.contains("1 tensor of a LoRA is not used (flow.x.lora_A.weight)"), qPrintable(message));
    QVERIFY2(message.contains("1 tensor is not used: optimizer.step"), qPrintable(message));
  }

  void a_file_that_was_asked_for_does_not_cost_what_a_crash_left() {
    QTemporaryDir folder;
    const auto left = test::leave(folder.path(), test::session_of_the_demo());
    MainWindow window(std::make_unique<test::FakeSound>());
    window.show();
    window.begin(QString::fromStdString(test::demo_path().string()), folder.path(), 1);
    TRY(window.workbench().checkpoint() != nullptr);
    QVERIFY(QFileInfo::exists(left));
    QVERIFY(window.messages().message().contains("before a crash"));
    window.messages().say(MessageBar::Kind::problem, "something else");  // does not take the offer away
    QVERIFY(QFileInfo::exists(left));
    auto* close = window.messages().findChild<QAbstractButton*>("messageClose");
    close->click();
    QVERIFY(window.messages().message().contains("before a crash"));
    window.findChild<QPushButton*>("messageAction")->click();
    TRY(window.workbench().settings().seed == 77);
    QVERIFY(window.isWindowModified());
    QVERIFY(window.messages().message().contains("is back"));
    TRY(!QFileInfo::exists(left));  // its copy stands for it now
    QCOMPARE(QDir(folder.path()).entryList({"*.octet"}, QDir::Files).size(), 1);
  }

  void what_a_session_offers_goes_with_it() {
    QTemporaryDir folder;
    const auto clip = folder.filePath("001.wav"), path = folder.filePath("spoken.octet");
    write_wav(clip.toStdString(), {24000, 1, std::vector<float>(24000)});
    auto session = test::session_of_the_demo();
    session.clips = {{"001", clip.toStdString()}};
    session.runs = {{"A", "001", "", 3, 5}};
    write_session(session, path.toStdString());
    MainWindow window(std::make_unique<test::FakeSound>());
    window.show();
    window.open({path});
    TRY(window.messages().message().contains("had 1 run"));
    window.open({QString::fromStdString(test::demo_path().string())});
    TRY(window.workbench().clips().size() > 1);
    QVERIFY2(window.messages().message().isEmpty(), qPrintable(window.messages().message()));
  }

  void leaving_asks_about_unsaved_work() {
    QTemporaryDir folder;
    const auto window = window_of_the_demo();
    window->document().keepSafe(folder.path(), std::chrono::milliseconds(1));
    window->workbench().editor()->choose({"mel2wav.ups.0"}, {.precision = Precision::fp32});
    const auto copies = [&] { return QDir(folder.path()).entryList({"*.octet"}, QDir::Files).size(); };
    TRY(copies() == 1);
    {
      const Answer cancel(QMessageBox::Cancel);
      QVERIFY(!window->close());
      QCOMPARE(cancel.asked(), 1);
    }
    QVERIFY(window->isVisible());
    QCOMPARE(copies(), 1);
    const Answer discard(QMessageBox::Discard);
    QVERIFY(window->close());
    QCOMPARE(discard.asked(), 1);
    QCOMPARE(copies(), 0);
  }

  void dropped_files_are_told_apart_by_what_they_hold() {
    const auto window = window_of_the_demo();
    auto& workbench = window->workbench();
    const auto checkpoint = workbench.checkpoint();
    QTemporaryDir folder;
    const auto tokens = folder.filePath("line.safetensors");
    write_tensors(tokens.toStdString(), {{"speech_tokens", {{1, 4}, std::vector<std::int64_t>{1, 2, 3, 4}}}});
    drop(*window, {tokens});
    TRY(workbench.clips().back().name == "line");
    QCOMPARE(workbench.currentClip(), static_cast<int>(workbench.clips().size()) - 1);
    const auto voice = workbench.voices().back();
    const auto copy = folder.filePath("somebody.safetensors");
    QVERIFY(QFile::copy(QString::fromStdString(voice.path.string()), copy));
    drop(*window, {copy});
    TRY(workbench.settings().voice.name == "somebody");
    QVERIFY(workbench.checkpoint() == checkpoint);
    QVERIFY(window->messages().message().isEmpty());
  }

  void a_dropped_folder_of_what_was_captured_is_a_clip_for_each() {
    const auto window = window_of_the_demo();
    auto& workbench = window->workbench();
    const auto before = workbench.clips().size();
    QTemporaryDir folder;
    for (const auto* name : {"0001", "0002"}) {
      QVERIFY(QDir(folder.path()).mkdir(name));
      QFile description(folder.filePath(QString(name) + "/capture.json"));
      QVERIFY(description.open(QIODevice::WriteOnly) && description.write("{}") == 2);
    }
    drop(*window, {folder.path()});
    TRY(workbench.clips().size() == before + 2);
    QCOMPARE(workbench.clips()[before].name, QString("0001"));
    QCOMPARE(workbench.clips().back().name, QString("0002"));
    drop(*window, {folder.filePath("0001")});
    TRY(workbench.currentClip() == static_cast<int>(before));
  }

  // The clip is for the checkpoint that came with it, whichever came first, and not for what was open before.
  void what_is_dropped_with_a_checkpoint_is_taken_into_it() {
    const auto window = window_of_the_demo();
    auto& workbench = window->workbench();
    QTemporaryDir folder;
    const auto clip = folder.filePath("said.wav"), other = folder.filePath("other.safetensors");
    write_wav(clip.toStdString(), {24000, 1, std::vector<float>(24000)});
    QVERIFY(QFile::copy(QString::fromStdString(test::demo_path().string()), other));
    workbench.editor()->choose({"mel2wav.ups.0"}, {.precision = Precision::fp32});
    const auto clips = workbench.clips();
    {
      const Answer cancel(QMessageBox::Cancel);
      drop(*window, {clip, other});
      TRY(cancel.asked() == 1);
      QVERIFY(workbench.clips() == clips);  // nothing of it
    }
    const Answer discard(QMessageBox::Discard);
    drop(*window, {clip, other});
    TRY(workbench.checkpoint()->path().filename() == "other.safetensors");
    QCOMPARE(discard.asked(), 1);
    QCOMPARE(workbench.clips().back().name, QString("said"));
    QCOMPARE(workbench.currentClip(), static_cast<int>(workbench.clips().size()) - 1);
  }

  void two_documents_at_once_are_refused() {
    const auto window = window_of_the_demo();
    const auto checkpoint = window->workbench().checkpoint();
    drop(*window, {"one.octet", "two.octet"});
    QVERIFY2(window->messages().message().contains("these are 2"), qPrintable(window->messages().message()));
    QCOMPARE(window->workbench().lanes().analysis.pending(), 0);
    QVERIFY(window->workbench().checkpoint() == checkpoint);
  }

  void nothing_of_the_window_is_saved_onto_an_input() {
    const auto window = window_of_the_demo();
    QTemporaryDir folder;
    const auto clip = folder.filePath("clip.wav"), link = folder.filePath("link.wav");
    write_wav(clip.toStdString(), {24000, 1, std::vector<float>(24000)});
    QVERIFY(QFile::link(clip, link));
    QFile file(clip);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto before = file.readAll();
    window->workbench().addClip(clip.toStdString());
    for (const auto& place : {clip, link}) {
      window->messages().clear();
      window->savePlan(place);
      TRY(window->messages().message().contains("clip.wav"));
      QVERIFY(!window->document().save(place));
      QSignalSpy failed(&window->spectrogram(), &SpectrogramPanel::exportFailed);
      window->spectrogram().exportPicture(place);
      TRY(failed.size() == 1);
      QVERIFY2(failed[0][0].toString().contains("clip.wav"), qPrintable(failed[0][0].toString()));
      auto* dialog = window->exportPlan();
      dialog->setFile(place);
      dialog->start();
      TRY(dialog->state() == ExportDialog::State::choosing);
      const auto told = dialog->findChild<QLabel*>("exportFailure")->text();
      QVERIFY2(told.contains("clip.wav"), qPrintable(told));
      dialog->close();
      window->messages().say(MessageBar::Kind::hint, "other");
      QVERIFY(ask_to_write(*window->findChild<MeasuresPanel*>(), place, [] { return QByteArray("a plot"); }));
      TRY(window->messages().message().contains("clip.wav"));
    }
    QVERIFY(file.seek(0));
    QCOMPARE(file.readAll(), before);
  }

  // As the first start on a small laptop.
  void the_window_is_no_higher_than_the_screen() {
    MainWindow window(std::make_unique<test::FakeSound>());
    window.resize(window.width(), 2 * window.screen()->availableSize().height());
    window.fitScreen();
    const int title = window.style()->pixelMetric(QStyle::PM_TitleBarHeight);
    QVERIFY(title > 0);
    QVERIFY(window.height() <= window.screen()->availableSize().height() - title);
  }

  void a_window_comes_back_as_it_was_left() {
    const auto made = [] {
      return std::make_unique<MainWindow>(std::make_unique<test::FakeSound>(
          QList<SoundDevice>{{"card", "Card"}, {"headphones", "Headphones"}}));
    };
    QSettings().clear();
    const QSize left(1200, 650);
    {
      const auto window = made();
      window->restoreAsLeft();
      QCOMPARE(window->listen().player().output().device(), QString("Card"));
      window->resize(left);
      window->findChild<QDockWidget*>("measuresDock")->hide();
      window->listen().player().output().choose("headphones");
      QVERIFY(window->close());
    }
    const auto window = made();
    window->restoreAsLeft();
    QCOMPARE(window->size(), left);
    QVERIFY(window->findChild<QDockWidget*>("measuresDock")->isHidden());
    QVERIFY(!window->findChild<QDockWidget*>("modelDock")->isHidden());
    QCOMPARE(window->listen().player().output().device(), QString("Headphones"));
    QSettings().clear();
  }

  void without_a_checkpoint_a_dropped_clip_says_what_is_missing() {
    MainWindow window(std::make_unique<test::FakeSound>());
    drop(window, {"clip.wav"});
    QVERIFY(window.messages().message().contains("clip.wav"));
    QVERIFY(window.workbench().clips().empty());
  }

  void the_invitation_says_what_the_clip_says_and_that_text_is_not_typed() {
    const auto window = window_of_the_demo();
    const auto* said = window->findChild<QLabel*>("invitation");
    for (const int clip : {3, 0}) {
      window->workbench().setCurrentClip(clip);
      const auto& text = window->workbench().clips()[static_cast<std::size_t>(clip)].text;
      QVERIFY(!text.isEmpty());
      QVERIFY2(said->text().contains(text.toHtmlEscaped()), qPrintable(said->text()));
      QVERIFY(said->text().contains("octet_s3gen.capture"));
    }
  }

  // "Press 1 and 2", say the first steps; they are not to be typed into the layer filter.
  void after_the_invitation_keys_go_where_it_is_heard() {
    const auto window = window_of_the_demo();
    QVERIFY(QTest::qWaitForWindowActive(window.get()));
    window->workbench().setSpeak([](const auto&, const auto&, const auto&, const auto&) -> Synthesis {
      throw Error(ErrorKind::device, "nothing is to be heard here");
    });
    auto* invitation = window->findChild<QPushButton*>("acceptInvitation");
    QCOMPARE(QApplication::focusWidget(), invitation);
    QTest::keyClick(invitation, Qt::Key_Space);
    QVERIFY(window->workbench().synthesizing());
    QVERIFY(window->listen().isAncestorOf(QApplication::focusWidget()));
    for (const auto key : {Qt::Key_1, Qt::Key_2}) QTest::keyClick(QApplication::focusWidget(), key);
    QVERIFY(window->findChild<QLineEdit*>("layerSearch")->text().isEmpty());
    window->workbench().cancelSynthesis();
    TRY(!window->workbench().synthesizing());
    // Nor does a click on the button in the tools take them.
    auto* go = window->findChild<QPushButton*>("synthesize");
    window->listen().setFocus();
    QTest::mouseClick(go, Qt::LeftButton);
    QVERIFY(QApplication::focusWidget() != go);
    window->workbench().cancelSynthesis();
    TRY(!window->workbench().synthesizing());
  }
};

QTEST_MAIN(MainWindowTest)
#include "test_main_window.moc"
