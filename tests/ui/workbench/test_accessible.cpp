// What the window tells those who do not see it.

#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QDialog>
#include <QStandardPaths>
#include <QTest>

#include "tests/ui/workbench/started.h"
#include "ui/measures/measures_panel.h"

using namespace octet;
using namespace octet::ui;

namespace {

/// What a screen reader says of a control that has the focus.
struct Said {
  QString name, value;
  QAccessible::Role role;
};

Said said(QWidget& control) {
  auto* interface = QAccessible::queryAccessibleInterface(&control);
  auto value = interface->text(QAccessible::Value);
  if (value.isEmpty() && interface->valueInterface())
    value = interface->valueInterface()->currentValue().toString();
  return {interface->text(QAccessible::Name), value, interface->role()};
}

/// Those that the keys come to.
QList<QWidget*> controls(const QWidget& window) {
  QList<QWidget*> found;
  for (auto* widget : window.findChildren<QWidget*>())
    if (widget->window() == &window && widget->isVisible() && widget->isEnabled() &&
        (widget->focusPolicy() & Qt::TabFocus) && !widget->focusProxy())
      found << widget;
  return found;
}

void everything_in(const QWidget& window) {
  const auto all = controls(window);
  QVERIFY(!all.isEmpty());
  QStringList silent;
  for (auto* control : all) {
    const auto [name, value, role] = said(*control);
    const auto what = QStringLiteral("%1 %2").arg(control->metaObject()->className(), control->objectName());
    if (name.isEmpty()) silent << what + " has no name";
    if (role == QAccessible::NoRole || role == QAccessible::Client) silent << what + " has no role";
    const bool has_value =
        role == QAccessible::Slider || role == QAccessible::SpinBox || role == QAccessible::ComboBox;
    if (has_value && value.isEmpty()) silent << what + " has no value";
  }
  QVERIFY2(silent.isEmpty(), qPrintable(silent.join('\n')));
}

}  // namespace

class AccessibleTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName("octet-test");
  }

  void every_control_has_a_name_and_a_value() {
    test::Started started;
    auto& window = started.window;
    started.workbench().openDemo();
    TRY(started.workbench().checkpoint() != nullptr);
    started.hurry();
    started.workbench().synthesize();
    TRY(!started.workbench().synthesizing() && started.workbench().lanes().analysis.pending() == 0);
    everything_in(window);
    for (int section = 0; section < static_cast<int>(MeasuresPanel::Section::cost) + 1; ++section) {
      window.measures().showSection(static_cast<MeasuresPanel::Section>(section));
      everything_in(window);
    }
  }

  void every_dialog_too_data() {
    QTest::addColumn<QString>("action");
    for (const auto* action : {"&Export the plan's checkpoint…", "&Compare the plans of A and B…",
                               "Ca&librate on speech…", "&Validate…", "Ris&ks…", "&Preferences…"})
      QTest::newRow(action) << QString::fromUtf8(action);
  }

  void every_dialog_too() {
    QFETCH(QString, action);
    test::Started started;
    started.workbench().openDemo();
    TRY(started.workbench().checkpoint() != nullptr);
    const auto all = started.window.findChildren<QAction*>();
    const auto asked = std::ranges::find(all, action, &QAction::text);
    QVERIFY(asked != all.end());
    (*asked)->trigger();
    auto* dialog = started.window.findChild<QDialog*>();
    QVERIFY(dialog && dialog->isVisible());
    everything_in(*dialog);
    QVERIFY(!said(*dialog).name.isEmpty());
    dialog->close();
  }
};

QTEST_MAIN(AccessibleTest)
#include "test_accessible.moc"
