// What the window says: English with one and with many, and nothing past the translator.

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSpinBox>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QDirIterator>
#include <QDockWidget>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QProcess>
#include <QRegularExpression>
#include <QSpinBox>
#include <QStandardPaths>
#include <QTabBar>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>

#include "tests/ui/workbench/dialogs.h"
#include "tests/ui/workbench/started.h"
#include "ui/language/sentences.h"
#include "ui/language/stage_names.h"
#include "ui/language/symbols.h"
#include "ui/language/tr.h"
#include "ui/language/translator.h"
#include "ui/measures/measure_names.h"
#include "ui/risks/risk_words.h"

using namespace octet;
using namespace octet::ui;

namespace {

/// While it lives, the program says what this says.
template <typename Said>
struct Installed {
  Said translator;
  Installed() { QCoreApplication::installTranslator(&translator); }
  ~Installed() { QCoreApplication::removeTranslator(&translator); }
};

/// What no translator is asked for: names of plans and types as files spell them, numbers, units and
/// abbreviations.
bool is_data(const QString& text) {
  static const QRegularExpression markup(QStringLiteral("<[^>]*>")), word(QStringLiteral("[A-Za-z]{3}"));
  if (!QString(text).remove(markup).remove(symbols()).contains(word)) return true;
  const auto name = text.toStdString();
  if (name == "cpu" || name == " min") return true;  // as parse_device reads it; minutes, after a number
  const auto types = {LayerType::linear, LayerType::conv1d, LayerType::conv_transpose1d, LayerType::conv2d,
                      LayerType::embedding};
  return std::ranges::find(preset_names(), name) != preset_names().end() ||
         std::ranges::find(types, name, [](LayerType type) { return to_string(type); }) != types.end();
}

/// Qt's own, which come with its translations.
bool is_of_qt(const QWidget& widget) {
  const auto* buttons = qobject_cast<const QDialogButtonBox*>(widget.parentWidget());
  auto* button = qobject_cast<QAbstractButton*>(const_cast<QWidget*>(&widget));
  return (buttons && button && buttons->standardButton(button) != QDialogButtonBox::NoButton) ||
         widget.objectName().startsWith("qt_") || widget.objectName().startsWith("Scroll");
}

/// Of a list what stands over its columns; rows are of files and layers.
QStringList heads_of(const QAbstractItemView& view) {
  QStringList heads;
  for (int column = 0; view.model() && column < view.model()->columnCount(view.rootIndex()); ++column)
    heads << view.model()->headerData(column, Qt::Horizontal).toString()
          << view.model()->headerData(column, Qt::Horizontal, Qt::ToolTipRole).toString();
  return heads;
}

/// And no names that the person or files gave.
bool holds_words(const QComboBox& box) {
  return box.objectName() != "clip" && box.objectName() != "voice" &&
         box.objectName() != "spectrogramCompared" && box.objectName() != "riskClip" &&
         box.objectName() != "studyLayers";
}

/// All texts that are shown or told in the window.
QList<std::pair<QString, QString>> texts_of(const QWidget& window) {
  QList<std::pair<QString, QString>> texts;
  for (const auto* widget : window.findChildren<QWidget*>()) {
    if (widget->window() != &window || is_of_qt(*widget)) continue;
    const auto at = QStringLiteral("%1 %2").arg(widget->metaObject()->className(), widget->objectName());
    const auto note = [&](const QString& text) { texts.emplace_back(at, text); };
    note(widget->toolTip());
    note(widget->accessibleName());
    note(widget->accessibleDescription());
    if (const auto* label = qobject_cast<const QLabel*>(widget)) note(label->text());
    if (const auto* button = qobject_cast<const QAbstractButton*>(widget)) note(button->text());
    if (const auto* group = qobject_cast<const QGroupBox*>(widget)) note(group->title());
    if (const auto* dock = qobject_cast<const QDockWidget*>(widget)) note(dock->windowTitle());
    if (const auto* edit = qobject_cast<const QLineEdit*>(widget)) note(edit->placeholderText());
    if (const auto* menu = qobject_cast<const QMenu*>(widget)) note(menu->title());
    if (const auto* tabs = qobject_cast<const QTabBar*>(widget))
      for (int i = 0; i < tabs->count(); ++i) {
        note(tabs->tabText(i));
        note(tabs->tabToolTip(i));
      }
    if (const auto* spin = qobject_cast<const QAbstractSpinBox*>(widget)) note(spin->specialValueText());
    if (const auto* spin = qobject_cast<const QSpinBox*>(widget)) note(spin->suffix());
    if (const auto* spin = qobject_cast<const QDoubleSpinBox*>(widget)) note(spin->suffix());
    if (const auto* view = qobject_cast<const QAbstractItemView*>(widget))
      for (const auto& head : heads_of(*view)) note(head);
    if (const auto* box = qobject_cast<const QComboBox*>(widget); box && holds_words(*box))
      for (int i = 0; i < box->count(); ++i) note(box->itemText(i));
  }
  for (const auto* action : window.findChildren<QAction*>()) {
    texts.emplace_back("action", action->text());
    texts.emplace_back("action", action->toolTip());
  }
  return texts;
}

}  // namespace

class TranslatorTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName("octet-test");
  }

  void one_is_not_many_data() {
    QTest::addColumn<QLocale>("locale");
    QTest::newRow("English") << QLocale(QLocale::English);
    QTest::newRow("a language without a file") << QLocale(QLocale::Zulu);
  }

  void one_is_not_many() {
    QFETCH(QLocale, locale);
    const Translator translator(locale);
    const auto said = [&](int n) {
      return translator.translate("octet::ui::CalibrateDialog", "%n clips", nullptr, n);
    };
    QCOMPARE(said(1), "%n clip");
    QCOMPARE(said(2), "%n clips");
    QCOMPARE(said(0), "%n clips");
  }

  /// What is said by functions of no class is found in the file, too.
  void one_is_not_many_outside_of_classes() {
    const Installed<Translator> english;
    QCOMPARE(octet::ui::tr("Stopped after %1 of %n trials.", nullptr, 1), "Stopped after %1 of 1 trial.");
    QCOMPARE(risk_words::tr("%n steps", nullptr, 1), "1 step");
  }

  void lists_and_sentences_are_of_the_language_of_the_texts() {
    QLocale::setDefault(QLocale::German);  // for which there is no file
    const Installed<Translator> english;
    QCOMPARE(listed({"a"}), "a");
    QCOMPARE(listed({"a", "b"}), "a and b");
    QCOMPARE(listed({"a", "b", "c"}), "a, b and c");
    QCOMPARE(sentences({"One.", {}, "Two."}), "One. Two.");
    QCOMPARE(with_unit(3.14, 1, "kHz"), "3,1 kHz");  // numbers are the person's
    QLocale::setDefault(QLocale::English);
  }

  /// Each stage that core's sources and ours tell of.
  void stages_have_names() {
    const Installed<PseudoTranslator> pseudo;
    static const QRegularExpression told("(?:\\bat\\(\\{|\\.stage = )\\s*\"([^\"]+)\"");
    QStringList unnamed;
    int seen = 0;
    for (const auto* folder : {"core", "ui"}) {
      QDirIterator files(QDir(OCTET_SOURCE_DIR).filePath(folder), {"*.cpp"}, QDir::Files,
                         QDirIterator::Subdirectories);
      while (files.hasNext()) {
        QFile file(files.next());
        QVERIFY(file.open(QIODevice::ReadOnly));
        for (const auto& match : told.globalMatch(QString::fromUtf8(file.readAll()))) {
          ++seen;
          if (!stage_in_words(match.captured(1).toStdString()).contains('[')) unnamed << match.captured(1);
        }
      }
    }
    QVERIFY2(seen > 20, OCTET_SOURCE_DIR);
    QVERIFY2(unnamed.isEmpty(), qPrintable(unnamed.join('\n')));
    QCOMPARE(stage_in_words("flow.decoder"), "flow.decoder");
  }

  /// The file has each text that counts, and of each what one is called.
  void all_that_counts_is_in_the_file() {
    const QTemporaryDir folder;
    const auto file = folder.filePath("octet_en.ts");
    QVERIFY(QFile::copy(OCTET_SOURCE_DIR "/resources/translations/octet_en.ts", file));
    QProcess lupdate;
    lupdate.setWorkingDirectory(OCTET_SOURCE_DIR);
    lupdate.start(OCTET_LUPDATE,
                  {"-silent", "-pluralonly", "-no-obsolete", "-locations", "none", "ui", "app", "-ts", file});
    QVERIFY(lupdate.waitForFinished(60'000));
    QCOMPARE(lupdate.exitCode(), 0);
    QFile now(file), kept(OCTET_SOURCE_DIR "/resources/translations/octet_en.ts");
    QVERIFY(now.open(QIODevice::ReadOnly) && kept.open(QIODevice::ReadOnly));
    const auto text = now.readAll();
    QVERIFY2(!text.contains("unfinished"), text);
    QCOMPARE(text, kept.readAll());
  }

  void no_dialog_says_anything_past_it_data() { test::add_dialogs_of_menus(); }

  void no_dialog_says_anything_past_it() {
    QFETCH(QString, action);
    const Installed<PseudoTranslator> pseudo;
    const auto called = pseudo.translator.translate("octet::ui::MainWindow", action.toUtf8(), nullptr, -1);
    test::Started started;
    started.workbench().openDemo();
    TRY(started.workbench().checkpoint() != nullptr);
    const auto actions = started.window.findChildren<QAction*>();
    const auto asked = std::ranges::find(actions, called, &QAction::text);
    QVERIFY2(asked != actions.end(), qPrintable(called));
    (*asked)->trigger();
    auto* dialog = started.window.findChild<QDialog*>();
    QVERIFY(dialog && dialog->isVisible());
    QStringList missing{dialog->windowTitle()};
    if (missing.front().contains('[')) missing.clear();
    for (const auto& [at, text] : texts_of(*dialog))
      if (!text.contains('[') && !is_data(text)) missing << at + ": " + text;
    QVERIFY2(missing.isEmpty(), qPrintable(missing.join('\n')));
    dialog->close();
  }

  void nothing_is_said_past_the_translator() {
    const Installed<PseudoTranslator> pseudo;
    test::Started started;
    started.workbench().openDemo();
    TRY(started.workbench().checkpoint() != nullptr);
    started.hurry();
    started.workbench().synthesize();
    TRY(!started.workbench().synthesizing() && started.workbench().lanes().analysis.pending() == 0);
    QStringList missing;
    for (const auto& [at, text] : texts_of(started.window))
      if (!text.contains('[') && !is_data(text)) missing << at + ": " + text;
    missing.removeDuplicates();
    QVERIFY2(missing.isEmpty(), qPrintable(missing.join('\n')));
    auto* floors = started.window.findChild<QTableView*>("floorsTable")->model();
    for (int column = 2; column < floors->columnCount(); ++column) {
      const auto name = floors->headerData(column, Qt::Horizontal).toString();
      QVERIFY2(name.contains('['), qPrintable(name));
    }
    for (const auto* abbreviation : {"stoi", "extended_stoi", "snr"})
      QVERIFY2(!short_name(measure_called(abbreviation)).contains('['), abbreviation);
    QVERIFY(short_name(measure_called("clicks")).contains('['));

    // A third more letters fit a laptop's screen; English fits 1280.
    const auto least = started.window.minimumSizeHint().width();
    QVERIFY2(least <= 1440, qPrintable(QString::number(least)));
  }
};

QTEST_MAIN(TranslatorTest)
#include "test_translator.moc"
