// Numbers that people read are written as they write them: by QLocale, and not with a point everywhere.

#include <QTest>

#include "tests/repository/source.h"

namespace {

using octet::test::code_of;

/// For programs to read.
struct Allowed {
  const char *file, *line;
};

const Allowed kAllowed[] = {
    {"ui/measures/scored_run.cpp", "QString exact(double value)"},
    {"ui/plots/chart_file.cpp", "return QString::number(value, 'g', 9);"},
    {"ui/risks/risk_words.cpp", "return std::isfinite(value) ? QString::number(value, 'g', 17)"},
};

/// The lines that write a number with decimals without asking how the person does.
QStringList lines_without_locale(const QString& source) {
  static const QRegularExpression written(
      R"(QString::number\([^;]*'|\.arg\([^;(]*(?:\([^()]*\)[^;(]*)*,\s*-?\d+,\s*')"
      R"(|\bsetNum\(|\basprintf\()");
  const auto code = code_of(source);
  QStringList lines;
  for (const auto& match : written.globalMatch(code)) {
    const auto begin = source.lastIndexOf('\n', match.capturedStart()) + 1;
    lines << source.mid(begin, source.indexOf('\n', begin) - begin).trimmed();
  }
  return lines;
}

}  // namespace

class NumbersTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void a_number_without_a_locale_is_found_data() {
    QTest::addColumn<QString>("source");
    QTest::addColumn<bool>("found");
    QTest::newRow("a number") << "return QString::number(value, 'f', decimals) + unit;" << true;
    QTest::newRow("in a sentence") << "tr(\"%1 dB\").arg(double(row.snr), 0, 'f', 1)" << true;
    QTest::newRow("behind another") << "tr(\"%1 %2\").arg(text(x)).arg(100 * x / most, 3, 'f', 0)" << true;
    QTest::newRow("printed") << "return QString::asprintf(\"%.1f\", x);" << true;
    QTest::newRow("of the locale") << "tr(\"%1 %\").arg(QLocale().toString(100 * x, 'f', 0))" << false;
    QTest::newRow("an index") << "ticker->addTick(i, QString::number(i + 1));" << false;
    QTest::newRow("as wide as") << ".arg(QLocale().toString(x, 'f', 0), 3)" << false;
  }

  void a_number_without_a_locale_is_found() {
    QFETCH(QString, source);
    QFETCH(bool, found);
    QCOMPARE(!lines_without_locale(source).isEmpty(), found);
  }

  void the_window_writes_numbers_as_the_person_does() {
    QStringList wrong;
    QList<int> used(std::size(kAllowed), 0);
    const int seen = octet::test::each_window_source([&](const QString& name, const QString& source) {
      for (const auto& line : lines_without_locale(source)) {
        const auto allowed = std::ranges::find_if(kAllowed, [&](const Allowed& one) {
          return name == QLatin1String(one.file) && line.startsWith(QLatin1String(one.line));
        });
        if (allowed == std::end(kAllowed))
          wrong << QStringLiteral("%1: %2").arg(name, line);
        else
          ++used[allowed - kAllowed];
      }
    });
    QVERIFY2(seen > 100, OCTET_SOURCE_DIR);
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join('\n')));
    for (std::size_t i = 0; i < std::size(kAllowed); ++i) QVERIFY2(used[qsizetype(i)] > 0, kAllowed[i].line);
  }
};

QTEST_GUILESS_MAIN(NumbersTest)
#include "test_numbers.moc"
