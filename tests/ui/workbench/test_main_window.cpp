// What the window makes of what comes to it: documents, dropped files, a crash before, the person leaving.

#include <QDir>
#include <QDropEvent>
#include <QFile>
#include <QFileInfo>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>
#include <QUrl>

#include "core/resources.h"
#include "core/synthesis/tensor_inputs.h"
#include "tests/paper_checkpoint.h"
#include "tests/ui/listen/fake_sound.h"
#include "tests/ui/model_tree/find_path.h"
#include "tests/ui/workbench/answer.h"
#include "ui/listen/listen_panel.h"
#include "ui/model_tree/layer_filter.h"
#include "ui/model_tree/layer_tree_model.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/workbench/main_window.h"
#include "ui/workbench/message_bar.h"

using namespace octet;
using namespace octet::ui;
using octet::test::Answer;

namespace {

constexpr int kPatience = 240'000;  // ms

#define TRY(condition) QTRY_VERIFY_WITH_TIMEOUT(condition, kPatience)

std::filesystem::path demo() { return demo_voice_folder() / "s3gen_demo.safetensors"; }

std::unique_ptr<MainWindow> window_of_the_demo() {
  auto window = std::make_unique<MainWindow>(std::make_unique<test::FakeSound>());
  window->show();
  window->workbench().openDemo();
  if (!QTest::qWaitFor([&] { return window->workbench().checkpoint() != nullptr; }, kPatience))
    qFatal("the demo voice does not open");
  return window;
}

void drop(MainWindow& window, const QString& path) {
  QMimeData data;
  data.setUrls({QUrl::fromLocalFile(path)});
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
    const auto left = folder.filePath("left.octet");
    Session session;
    session.checkpoint = demo();
    session.plans = {{"A", preset("vocoder-only", Precision::bf16, false), {}}};
    session.seed = 77;
    write_session(session, left.toStdString());
    MainWindow window(std::make_unique<test::FakeSound>());
    window.show();
    window.begin(QString::fromStdString(demo().string()), folder.path(), 1);
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

  void leaving_asks_about_unsaved_work() {
    QTemporaryDir folder;
    const auto window = window_of_the_demo();
    window->document().keepSafe(folder.path(), 1);
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
    drop(*window, tokens);
    TRY(workbench.clips().back().name == "line");
    QCOMPARE(workbench.currentClip(), static_cast<int>(workbench.clips().size()) - 1);
    const auto voice = workbench.voices().back();
    const auto copy = folder.filePath("somebody.safetensors");
    QVERIFY(QFile::copy(QString::fromStdString(voice.path.string()), copy));
    drop(*window, copy);
    TRY(workbench.settings().voice.name == "somebody");
    QVERIFY(workbench.checkpoint() == checkpoint);
    QVERIFY(window->messages().message().isEmpty());
  }

  void without_a_checkpoint_a_dropped_clip_says_what_is_missing() {
    MainWindow window(std::make_unique<test::FakeSound>());
    drop(window, "clip.wav");
    QVERIFY(window.messages().message().contains("clip.wav"));
    QVERIFY(window.workbench().clips().empty());
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
