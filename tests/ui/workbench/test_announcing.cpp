// What the window says to those who do not see it, without being asked.

#include <QAccessible>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTableView>
#include <QTest>
#include <optional>

#include "tests/ui/screen_reader.h"
#include "tests/ui/workbench/dialogs.h"
#include "tests/ui/workbench/started.h"
#include "ui/blind_test/blind_test_dialog.h"
#include "ui/language/announce.h"
#include "ui/listen/listen_panel.h"
#include "ui/measures/measures_panel.h"
#include "ui/model_tree/method_dialog.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/workbench/message_bar.h"

using namespace octet;
using namespace octet::ui;

namespace {

constexpr auto kLayer = "mel2wav.ups.0";

}  // namespace

class AnnouncingTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName("octet-test");
  }
  void init() { reader_.emplace(); }
  void cleanup() { reader_.reset(); }

  void what_is_new_is_said_once() {
    QLabel label;
    announce(label, "Before the window opens.");
    label.show();
    QVERIFY(reader_->times_heard() == 0);
    announce(label, "<b>Saved:</b> here");
    announce(label, "<b>Saved:</b> here");
    QCOMPARE(reader_->times_heard(), 1);
    QVERIFY2(reader_->heard("Saved: here"), words());
    announce(label, {});
    QCOMPARE(reader_->times_heard(), 1);
    announce(label, "<b>Saved:</b> here");
    QCOMPARE(reader_->times_heard(), 2);
  }

  void a_message_is_said_with_what_to_try() {
    MessageBar bar;
    QWidget* shown = &bar;
    shown->show();
    bar.offer(MessageBar::Of::program, "Work is left.", {}, "Open it", [] {});
    bar.say(MessageBar::Kind::problem, "It does not open.", "Choose another.");
    QVERIFY2(reader_->heard("It does not open.\nChoose another."), words());
    QCOMPARE(reader_->times_heard("Work is left."), 1);
    bar.clear();
    QCOMPARE(reader_->times_heard("Work is left."), 2);  // it is seen again
    bar.clear();
    QCOMPARE(reader_->times_heard(), 3);
    QCOMPARE(QAccessible::queryAccessibleInterface(&bar)->role(), QAccessible::Notification);
  }

  void a_card_that_breaks_down_is_said() {
    auto* card = new test::FakeSound;
    MainWindow window{std::unique_ptr<SoundSystem>(card)};
    window.show();
    card->break_down();
    QVERIFY2(reader_->heard("The audio device stopped playing."), words());
  }

  void what_a_search_finds_is_said() {
    test::Started started;
    started.workbench().openDemo();
    TRY(started.workbench().checkpoint() != nullptr);
    QVERIFY2(reader_->heard("One sentence, spoken under the plans A and B"), words());
    auto& search = *started.window.findChild<QLineEdit*>("layerSearch");
    search.setText("mel2wav.ups.*");
    const auto count = started.window.findChild<QLabel*>("layerCount")->text();
    QVERIFY2(reader_->heard(count), words());
    search.setText("no such layer");
    search.setText("no such layer at all");
    QCOMPARE(reader_->times_heard("No layer is called so"), 1);
  }

  void a_setting_that_a_method_has_not_is_said() {
    MethodDialog dialog;
    dialog.show();
    dialog.findChild<QLineEdit*>("methodSettings")->setText("colour=red");
    QVERIFY2(reader_->heard("colour"), words());
  }

  void verdicts_answers_and_outcomes_are_said() {
    test::Started started;
    auto& window = started.window;
    started.workbench().openDemo();
    TRY(started.workbench().checkpoint() != nullptr);
    started.hurry();
    started.workbench().synthesize();
    TRY(!started.workbench().synthesizing() && started.workbench().lanes().analysis.pending() == 0);
    a_verdict(window);
    answers(window);
    an_outcome(started);
    a_failure(started);
  }

 private:
  std::optional<test::ScreenReader> reader_;

  QByteArray words() const { return reader_->words(); }
  /// Within seconds: what it follows is done.
  bool is_heard(const QString& part) const {
    return QTest::qWaitFor([&] { return reader_->heard(part); }, 20'000);
  }

  void a_verdict(MainWindow& window) {
    const auto& verdict = *window.findChild<QLabel*>("verdict");
    QVERIFY2(is_heard(verdict.text()), words());
    QVERIFY2(is_heard("Nothing is being done."), words());
    reader_->forget();
    auto& tree = window.modelTree();
    tree.revealLayer(kLayer);
    tree.view().setFocus();
    QTest::keyClick(&tree.view(), Qt::Key_F);
    QVERIFY2(reader_->heard("From before the last change"), words());
    QTest::keyClick(&tree.view(), Qt::Key_B);
    QEvent other_colours(QEvent::PaletteChange);
    QCoreApplication::sendEvent(&window.measures(), &other_colours);  // it is drawn anew
    QCOMPARE(reader_->times_heard("From before the last change"), 1);
  }

  /// Told is what was answered, not what is heard: it would be spoken into the sound.
  void answers(MainWindow& window) {
    reader_->forget();
    auto* dialog = window.testBlind(std::make_unique<test::FakeSound>());
    QVERIFY(dialog);
    test::click(*dialog, "startBlindTest");
    QVERIFY2(reader_->heard("Trial 1 of 12"), words());
    test::click(*dialog, "hearX");
    QCOMPARE(reader_->times_heard(), 1);
    test::click(*dialog, "xIsA");
    QVERIFY2(reader_->heard("Trial 2 of 12"), words());
    test::click(*dialog, "stopBlindTest");
    QVERIFY2(reader_->heard("Stopped after 1 of"), words());
    dialog->tellSaved("Saved: here");
    QVERIFY2(reader_->heard("Saved: here"), words());
    dialog->close();
  }

  void an_outcome(test::Started& started) {
    reader_->forget();
    auto* dialog = started.window.exportPlan();
    dialog->setFile(started.home.filePath("out.safetensors"));
    test::click(*dialog, "startExport");
    TRY(dialog->state() == ExportDialog::State::verified);
    QCOMPARE(reader_->times_heard("File: written and intact."), 1);
    test::click(*dialog, "startExport");  // again
    QVERIFY2(is_heard("Replaces the file that is there"), words());
    dialog->close();
  }

  void a_failure(test::Started& started) {
    reader_->forget();
    auto* dialog = started.window.exportPlan();
    const auto source = started.workbench().checkpoint()->path();
    dialog->setFile(QString::fromStdString(source.string()));
    test::click(*dialog, "startExport");
    QVERIFY2(is_heard("Nothing was exported."), words());
    QVERIFY2(reader_->heard("your choices are kept"), words());
    dialog->close();
  }
};

QTEST_MAIN(AnnouncingTest)
#include "test_announcing.moc"
