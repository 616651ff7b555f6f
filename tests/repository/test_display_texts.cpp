// What people read decides nothing: it is translated, shortened and told apart by other things than what it
// stands for. What is meant is known by its slot, path, enum, or id of core.

#include <QTest>

#include "tests/repository/source.h"

namespace {

using octet::test::code_of;

/// Where a name is what it is about.
struct Allowed {
  const char *file, *line;
};

const Allowed kAllowed[] = {
    // Sessions, reports and blind tests have nothing but names, so that a document gives each once.
    {"ui/document/document.cpp", "return std::ranges::find(clips, text_of(name), &Clip::name);"},
    {"ui/document/document.cpp", "const auto voice = std::ranges::find(voices, name, &Voice::name);"},
    // Of core: what a report calls a clip.
    {"ui/measures/measures_panel.cpp", "const bool is_shown = shownClip() == clip.name;"},
    {"ui/measures/voice_chart.cpp",
     "std::erase_if(runs_, [&](const auto& run) { return run.clip == clip.name; });"},
    // A plan that is called otherwise is another one to save.
    {"ui/model_tree/plan_editor.cpp", "if (plan == plan_ && plan.name == plan_.name) return;"},
    // Of files, and in them.
    {"ui/export/export_place_edit.cpp",
     "return name() == found_.name ? found_ : ExportPlace{name(), false, {}, {}};"},
    {"ui/export/export_place_edit.cpp", "if (name() == found_.name || looking_) return;"},
    {"ui/session/session.cpp", "if (reader.text(\"format\") != kFormat)"},
    {"ui/theme/icons.cpp", "static std::map<std::pair<QString, QRgb>, std::unique_ptr<QSvgRenderer>> known;"},
    // What is said again is what is read again.
    {"ui/language/announce.cpp", "const bool news = label.text() != text;"},
    // Methods as core spells them: "gptq group=64".
    {"ui/model_tree/layer_column.h", "std::set<QString> methods;"},
};

const QList<QRegularExpression>& deciding() {
  static const QString field = R"((?:\.|->)(?:name|title|label|caption|text)\b)";
  static const QString call = R"(\b(?:text|title|windowTitle|currentText|itemText|tabText|toolTip|tr)\s*\()";
  static const QString place = R"((?:[\w.:\[\]]|->|\(\))*)";
  static const QList<QRegularExpression> all{
      QRegularExpression(field + R"(\s*(?:==|!=))"),
      QRegularExpression(R"((?:==|!=)\s*)" + place + field + R"((?!\s*\())"),
      QRegularExpression(call + R"([^()]*\)\s*(?:==|!=))"),
      QRegularExpression(R"((?:==|!=)\s*)" + place + call),
      QRegularExpression(R"(\b(?:findText|findItems|setCurrentText)\s*\()"),
      QRegularExpression(
          field + R"((?:\(\))?\s*\.\s*(?:at|front|startsWith|endsWith|contains|indexOf|compare)\s*\()"),
      // Of core a layer and a clip's result are known by their names.
      QRegularExpression(R"(&(?!Layer::|ClipResult::)\w+::(?:name|title|label)\b)"),
      QRegularExpression(R"(\bfind\w*\([^;]*\{\s*return\s+\w+(?:\.|->)(?:name|title|label);)"),
      QRegularExpression(
          R"((?:\bstd::(?:unordered_)?(?:map|set)|\bQ(?:Map|Hash|Set))<\s*(?:std::pair<\s*)?QString\b)")};
  return all;
}

/// Ids are in small letters, and so are the endings of files: what has a capital, a blank, or a sign of no
/// keyboard is for people.
QList<qsizetype> compared_literals(const QString& source, const QString& code) {
  static const QRegularExpression compared(
      R"((?:==|!=)\s*(?:\w+\()?u?("[^"]*")|("[^"]*")(?:_\w+)?\)?\s*(?:==|!=))"),
      id("^\"[a-z0-9_.~/?-]*\"$");
  QList<qsizetype> places;
  for (const auto& match : compared.globalMatch(code)) {
    const int literal = match.hasCaptured(1) ? 1 : 2;
    const auto said = source.mid(match.capturedStart(literal), match.capturedLength(literal));
    if (!id.match(said).hasMatch()) places << match.capturedStart();
  }
  return places;
}

/// The statements, each in a line of its own without its breaks, that something for people decides in.
QStringList decided_by_texts(const QString& source) {
  const auto code = code_of(source);
  auto places = compared_literals(source, code);
  for (const auto& pattern : deciding())
    for (const auto& match : pattern.globalMatch(code)) places << match.capturedStart();
  std::ranges::sort(places);
  QStringList lines;
  for (const auto place : places) {
    const auto is_end = [&](qsizetype i) { return (code[i] == ';' || code[i] == '\n') && i < place; };
    auto begin = place;
    while (begin > 0 && !is_end(begin - 1)) --begin;
    const auto end = source.indexOf('\n', place);
    lines << source.mid(begin, end < 0 ? -1 : end - begin).simplified();
  }
  lines.removeDuplicates();
  return lines;
}

}  // namespace

class DisplayTextsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void a_text_that_decides_is_found_data() {
    QTest::addColumn<QString>("source");
    QTest::addColumn<bool>("found");
    QTest::newRow("a name") << "if (tracks[i].name == name) return i;" << true;
    QTest::newRow("a name behind") << "return slot == runs_.front()->name;" << true;
    QTest::newRow("its first letter") << "return run->name.at(0).unicode() - 'A';" << true;
    QTest::newRow("of a list") << "std::ranges::find(runs, name, &Run::name)" << true;
    QTest::newRow("of a list, written out") << "find(runs, a, [](auto& run) { return run->name; })" << true;
    QTest::newRow("a label's text") << "if (label->text() != tr(\"None\")) return;" << true;
    QTest::newRow("a sentence") << "return said == Panel::tr(\"None\");" << true;
    QTest::newRow("an entry") << "const int at = box->findText(name);" << true;
    QTest::newRow("a dash") << "if (cell == QStringLiteral(\"–\")) return {};" << true;
    QTest::newRow("a letter") << "return \"B\" == slot;" << true;
    QTest::newRow("a map") << "std::map<QString, Analysis> analyses_;" << true;
    QTest::newRow("a map of pairs") << "QHash<std::pair<QString, int>, int> said;" << true;
    QTest::newRow("a slot") << "if (run->slot() == slot) return run->name;" << false;
    QTest::newRow("an id") << "return stage == \"total\" || ending == QLatin1String(\"png\");" << false;
    QTest::newRow("a layer") << "std::ranges::find(layers, part, &Layer::name)" << false;
    QTest::newRow("in a comment") << "// where run->name == \"B\"" << false;
    QTest::newRow("shown") << "label->setText(tr(\"%1: %2\").arg(run->name, run->plan));" << false;
  }

  void a_text_that_decides_is_found() {
    QFETCH(QString, source);
    QFETCH(bool, found);
    QCOMPARE(!decided_by_texts(source).isEmpty(), found);
  }

  void the_window_decides_nothing_by_what_it_shows() {
    QStringList decided;
    QList<int> used(std::size(kAllowed), 0);
    const int seen = octet::test::each_window_source([&](const QString& name, const QString& source) {
      for (const auto& line : decided_by_texts(source)) {
        const auto allowed = std::ranges::find_if(kAllowed, [&](const Allowed& one) {
          return name == QLatin1String(one.file) && line.startsWith(QLatin1String(one.line));
        });
        if (allowed == std::end(kAllowed))
          decided << QStringLiteral("%1: %2").arg(name, line);
        else
          ++used[allowed - kAllowed];
      }
    });
    QVERIFY2(seen > 100, OCTET_SOURCE_DIR);
    QVERIFY2(decided.isEmpty(), qPrintable(decided.join('\n')));
    for (std::size_t i = 0; i < std::size(kAllowed); ++i) QVERIFY2(used[qsizetype(i)] > 0, kAllowed[i].line);
  }
};

QTEST_GUILESS_MAIN(DisplayTextsTest)
#include "test_display_texts.moc"
