// From a cold start to a verified export by the keys alone.

#include <QAbstractSpinBox>
#include <QComboBox>
#include <QDesktopServices>
#include <QLineEdit>
#include <QMenu>
#include <QPointer>
#include <QPushButton>
#include <QStandardPaths>
#include <QTest>
#include <QTreeView>
#include <QTreeWidget>
#include <QUrl>

#include "core/resources.h"
#include "tests/ui/workbench/started.h"
#include "ui/listen/control_keys.h"
#include "ui/listen/listen_panel.h"
#include "ui/model_tree/layer_tree_model.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/risks/risks_dialog.h"
#include "ui/validation/validate_dialog.h"

using namespace octet;
using namespace octet::ui;

namespace {

constexpr auto kLayer = "mel2wav.ups.0";

/// To whatever window and control has the focus, as a keyboard does.
void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
  auto* window = QGuiApplication::focusWindow();
  if (!window) qFatal("no window has the keys");
  QTest::keyClick(window, key, modifiers);
}

void type(const QString& text) {
  for (const QChar letter : text) QTest::keyClick(QGuiApplication::focusWindow(), letter.toLatin1());
}

/// In the place of what stands in a line.
void retype(const QString& text) {
  press(Qt::Key_A, Qt::ControlModifier);
  type(text);
}

}  // namespace

class ByKeysTest : public QObject {
  Q_OBJECT

 public:
  /// In the browser's place.
  Q_INVOKABLE void see(const QUrl& url) { seen_ = url; }

 private:
  QUrl seen_;

 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName("octet-test");
  }

  void from_a_cold_start_to_a_verified_export() {
    test::Started started;
    auto& window = started.window;
    press(Qt::Key_Return);
    TRY(started.workbench().checkpoint() != nullptr);
    started.hurry();
    press(Qt::Key_Space);
    QVERIFY(started.workbench().synthesizing());
    TRY(!started.workbench().synthesizing() && started.workbench().runs().size() == 2);

    auto& player = window.listen().player();
    press(Qt::Key_2);
    QCOMPARE(player.active(), 1);
    press(Qt::Key_Right);
    QCOMPARE(player.position(), 1.0);
    press(Qt::Key_Space);
    QVERIFY(player.playing());
    press(Qt::Key_Space);
    QVERIFY(!player.playing());

    // Where it differs most, once that is known; the clip has a recording to look at.
    const auto& worst = window.timeline().markers();
    TRY(!worst.empty());
    press(Qt::Key_M);
    QCOMPARE(player.position(), std::max(0.0, worst.front() - Timeline::kLeadIn));
    QCOMPARE(window.findChild<QComboBox*>("spectrogramView")->itemText(0),
             QString("Recording, both and difference"));

    // Find a layer, change its precision in the menu.
    press(Qt::Key_F, Qt::ControlModifier);
    type(kLayer);
    QCOMPARE(window.findChild<QLineEdit*>("layerSearch")->text(), kLayer);
    QCOMPARE(player.active(), 1);  // its 2 was text
    press(Qt::Key_Return);
    QVERIFY(window.modelTree().view().hasFocus());
    press(Qt::Key_1);
    QCOMPARE(player.active(), 0);
    QVERIFY(started.precision(kLayer) == Precision::int8);
    press(Qt::Key_Return);
    auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
    QVERIFY(menu);
    QTest::qWait(50);
    QVERIFY(menu->isVisible());
    press(Qt::Key_Down);
    QVERIFY(menu->activeAction());
    while (menu->activeAction()->objectName() != "fp32") press(Qt::Key_Down);
    press(Qt::Key_Return);
    QVERIFY(started.precision(kLayer) == Precision::fp32);
    QVERIFY(window.modelTree().view().hasFocus());

    press(Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(started.workbench().synthesizing());
    TRY(!started.workbench().synthesizing());
    QVERIFY(!started.workbench().stale(*started.workbench().runs()[1]));
    press(Qt::Key_Space);
    QVERIFY(player.playing());
    press(Qt::Key_Space);

    press(Qt::Key_E, Qt::ControlModifier);
    auto& dialog = started.dialog();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    press(Qt::Key_Return);
    TRY(dialog.state() == ExportDialog::State::verified);
    QVERIFY(dialog.verification().passed());
    press(Qt::Key_Return);
    QVERIFY(!dialog.isVisible());
    QVERIFY(QTest::qWaitForWindowActive(&window));
    press(Qt::Key_2);
    QCOMPARE(player.active(), 1);
    keys_mean_the_same_everywhere(window);
  }

  void a_risk_is_looked_at_and_led_to_its_layers() {
    test::Started started;
    auto& window = started.window;
    press(Qt::Key_Return);
    TRY(started.workbench().checkpoint() != nullptr);
    started.hurry();
    press(Qt::Key_P, Qt::AltModifier);
    press(Qt::Key_K);
    auto* dialog = window.findChild<RisksDialog*>();
    QVERIFY(dialog && QTest::qWaitForWindowActive(dialog));
    press(Qt::Key_R, Qt::AltModifier);
    press(Qt::Key_End);  // the last is pitch
    press(Qt::Key_M, Qt::AltModifier);
    TRY(dialog->findChild<QPushButton*>("saveRisk")->isEnabled());
    auto& blamed = *dialog->findChild<QTreeWidget*>("riskBlamed");
    QVERIFY(blamed.topLevelItemCount() > 1);
    QStringList stops;
    while (!blamed.hasFocus()) {
      press(Qt::Key_Tab);
      stops << QApplication::focusWidget()->objectName();
      QVERIFY2(stops.size() < 30, qPrintable("no Tab comes to the layers to blame: " + stops.join(", ")));
    }
    press(Qt::Key_Home);
    press(Qt::Key_Down);
    press(Qt::Key_Return);
    QVERIFY(dialog->isVisible());
    QCOMPARE(window.modelTree().view().currentIndex().data(LayerTreeModel::kPathRole).toString(),
             blamed.topLevelItem(1)->text(1));
    press(Qt::Key_Escape);
    QVERIFY(!dialog->isVisible());
    QVERIFY(QTest::qWaitForWindowActive(&window));
  }

  void plans_are_judged_and_the_report_opens() {
    test::Started started;
    auto& window = started.window;
    press(Qt::Key_Return);
    TRY(started.workbench().checkpoint() != nullptr);
    started.hurry();
    QVERIFY(QDir(started.home.path()).mkdir("set"));
    QVERIFY(
        QFile::copy(QString::fromStdString((demo_voice_folder() / "clips" / "ref00_en_f_nora.wav").string()),
                    started.home.filePath("set/one.wav")));
    press(Qt::Key_P, Qt::AltModifier);
    press(Qt::Key_V);
    const QPointer dialog = window.findChild<ValidateDialog*>();
    QVERIFY(dialog && QTest::qWaitForWindowActive(dialog));
    press(Qt::Key_S, Qt::AltModifier);
    retype(started.home.filePath("set"));
    press(Qt::Key_W, Qt::AltModifier);
    retype(started.home.filePath("r.html"));
    QDesktopServices::setUrlHandler("file", this, "see");
    press(Qt::Key_Return);
    TRY(!dialog || !dialog->isVisible());
    TRY(seen_ == QUrl::fromLocalFile(started.home.filePath("r.html")));
    QDesktopServices::unsetUrlHandler("file");
    QVERIFY(QFile::exists(started.home.filePath("r.html")));
    QVERIFY(QFile::exists(started.home.filePath("r.json")));
  }

 private:
  /// Tab comes to every control and back; wherever it stops 1 and 2 choose, and Space plays, but in texts and
  /// where it presses what has the focus.
  static void keys_mean_the_same_everywhere(MainWindow& window) {
    auto& player = window.listen().player();
    QStringList stops;
    const auto* first = window.focusWidget();
    do {
      press(Qt::Key_Tab);
      const auto* control = window.focusWidget();
      QVERIFY(control);
      const auto at = QStringLiteral("%1 %2").arg(control->metaObject()->className(), control->objectName());
      stops << at;
      QVERIFY2(stops.size() < 200, qPrintable("Tab does not come back: " + stops.mid(0, 60).join(", ")));
      if (qobject_cast<const QLineEdit*>(control) || qobject_cast<const QAbstractSpinBox*>(control)) continue;
      for (const int run : {0, 1}) {
        press(static_cast<Qt::Key>(Qt::Key_1 + run));
        QVERIFY2(player.active() == run, qPrintable(at));
      }
      if (uses_key(*control, Qt::Key_Space)) continue;
      press(Qt::Key_Space);
      QVERIFY2(player.playing(), qPrintable(at));
      press(Qt::Key_Space);
      QVERIFY2(!player.playing(), qPrintable(at));
    } while (window.focusWidget() != first);
    for (const auto* name :
         {"synthesize", "clip", "steps", "playButton", "layers", "layerSearch", "waveform"})
      QVERIFY2(std::ranges::any_of(stops, [&](const auto& stop) { return stop.endsWith(name); }),
               qPrintable(QStringLiteral("no Tab comes to %1: %2").arg(name, stops.join(", "))));
  }
};

QTEST_MAIN(ByKeysTest)
#include "test_by_keys.moc"
