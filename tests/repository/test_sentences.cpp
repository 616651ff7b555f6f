// Translators get whole sentences: what tr() is given is not glued to other texts, as other languages order
// their words otherwise. Values have places (%1, %n), lists and sentences are put together by
// ui/language/sentences.h.

#include <QTest>

#include "tests/repository/source.h"

namespace {

using octet::test::code_of;

/// Behind the bracket that closes the one at `open`.
qsizetype behind(const QString& code, qsizetype open) {
  int depth = 0;
  for (auto i = open; i < code.size(); ++i) {
    if (code[i] == '(') ++depth;
    if (code[i] == ')' && --depth == 0) return i + 1;
  }
  return code.size();
}

/// What is said, of the text between the brackets of a tr(): all literals of its first argument.
QString said_in(const QString& source, const QString& code, qsizetype open) {
  const auto comma = code.mid(open, behind(code, open) - open).indexOf(',');
  const auto argument = source.mid(open + 1, comma < 0 ? behind(code, open) - open - 2 : comma - 1);
  static const QRegularExpression literal("\"((?:\\\\.|[^\"\\\\])*)\"");
  QString said;
  for (const auto& match : literal.globalMatch(argument)) said += match.captured(1);
  return said;
}

/// The lines on which a text is a part of a sentence.
QList<int> glued_lines(const QString& source) {
  static const QRegularExpression asked("(?:\\w+::)*\\btr(\\()"), before("(?:[^+]\\+=?|\\bjoin\\()\\s*$"),
      call("\\G\\s*\\.\\s*\\w+(\\()"), after("\\G\\s*\\+(?!\\+)");
  const auto code = code_of(source);
  QList<int> lines;
  for (const auto& match : asked.globalMatch(code)) {
    auto end = behind(code, match.capturedStart(1));
    for (auto next = call.match(code, end); next.hasMatch(); next = call.match(code, end))
      end = behind(code, next.capturedStart(1));
    const auto said = said_in(source, code, match.capturedStart(1));
    const bool is_part = said.trimmed() != said && !said.trimmed().isEmpty();
    if (is_part || after.match(code, end).hasMatch() ||
        before.match(code.left(match.capturedStart())).hasMatch())
      lines << int(source.left(match.capturedStart()).count('\n')) + 1;
  }
  return lines;
}

}  // namespace

class SentencesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void a_glued_text_is_found_data() {
    QTest::addColumn<QString>("source");
    QTest::addColumn<bool>("found");
    QTest::newRow("before") << "said = name + tr(\"differs\");" << true;
    QTest::newRow("appended") << "said += Panel::tr(\"It is old.\");" << true;
    QTest::newRow("behind") << "return tr(\"%1 differs\").arg(f(name, \")\")) + '\"' + more;" << true;
    QTest::newRow("a space before") << "said = tr(\" Listen.\");" << true;
    QTest::newRow("a space behind") << "said = tr(\"Listen \"\n  \"at \", nullptr, 2);" << true;
    QTest::newRow("in a list") << "places.join(tr(\"and\"))" << true;
    QTest::newRow("whole") << "++count;\nsaid << tr(\"%1 differs: %2\").arg(a, b + \" or \");" << false;
    QTest::newRow("in a comment") << "// a + tr(\"b\")" << false;
    QTest::newRow("of another name") << "text + str(\"b\") + c.str()" << false;
  }

  void a_glued_text_is_found() {
    QFETCH(QString, source);
    QFETCH(bool, found);
    QCOMPARE(!glued_lines(source).isEmpty(), found);
  }

  void the_window_says_whole_sentences() {
    QStringList glued;
    const int seen = octet::test::each_window_source([&](const QString& name, const QString& source) {
      for (const int line : glued_lines(source)) glued << QStringLiteral("%1:%2").arg(name).arg(line);
    });
    QVERIFY2(seen > 100, OCTET_SOURCE_DIR);
    QVERIFY2(glued.isEmpty(), qPrintable(glued.join('\n')));
  }
};

QTEST_GUILESS_MAIN(SentencesTest)
#include "test_sentences.moc"
