#include <QtTest>

#include "core/error.h"
#include "core/plan/glob.h"

class TestGlob : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void matches_whole_names_data() {
    QTest::addColumn<QByteArray>("pattern");
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<bool>("expected");
    const auto row = [](const char* pattern, const char* name, bool expected) {
      QTest::addRow("%s ~ %s", pattern, name) << QByteArray(pattern) << QByteArray(name) << expected;
    };
    row("", "", true);
    row("", "a", false);
    row("a.b", "a.b", true);
    row("a.b", "axb", false);
    row("a.b", "a.bc", false);
    row("*", "", true);
    row("*", "a.b.c", true);
    row("a.*", "a.b.c", true);
    row("a.*", "a.", true);
    row("a.*", "a", false);
    row("*.ff.*", "flow.1.ff.net", true);
    row("*.ff.*", "flow.1.off.net", false);
    row("a*b*c", "abbc", true);
    row("a*b*c", "acb", false);
    row("a?c", "abc", true);
    row("a?c", "ac", false);
    row("a?c", "a.c", true);
    row("{a,b}", "a", true);
    row("{a,b}", "b", true);
    row("{a,b}", "c", false);
    row("{a,b}", "a,b", false);
    row("x.{ab,a}c", "x.abc", true);
    row("x.{ab,a}c", "x.ac", true);
    row("x.{ab,a}c", "x.c", false);
    row("{a*,?}z", "aaaz", true);
    row("{a*,?}z", "qz", true);
    row("{a*,?}z", "qqz", false);
    row("{,a}b", "b", true);
    row("{,a}b", "ab", true);
    row("{}b", "b", true);
    row("{a,b}{c,d}", "bd", true);
    row("{a,b}{c,d}", "ba", false);
    row("a,b", "a,b", true);
    row("**", "x", true);
    row("a**b", "acb", true);
    row("{a,b*}*", "ac", true);
    row("{a,b*}**", "bcd", true);
    row("{a,b*}", "ac", false);
  }
  void matches_whole_names() {
    QFETCH(QByteArray, pattern);
    QFETCH(QByteArray, name);
    QFETCH(bool, expected);
    QCOMPARE(octet::Glob(pattern.toStdString()).matches(name.toStdString()), expected);
  }

  void refuses_braces_that_do_not_pair_data() {
    QTest::addColumn<QByteArray>("pattern");
    for (const char* pattern : {"{", "a{b", "a}", "{a,b}}", "{a,{b,c}}", "{a{b}"})
      QTest::newRow(pattern) << QByteArray(pattern);
  }
  void refuses_braces_that_do_not_pair() {
    QFETCH(QByteArray, pattern);
    try {
      static_cast<void>(octet::Glob(pattern.toStdString()));
      QFAIL("accepted");
    } catch (const octet::Error& error) {
      QCOMPARE(static_cast<int>(error.kind()), static_cast<int>(octet::ErrorKind::usage));
      QVERIFY2(QByteArray(error.what()).contains(pattern), error.what());
    }
  }

  void knows_what_it_can_reach() {
    QVERIFY(octet::Glob("*").reaches("flow."));
    QVERIFY(octet::Glob("{flow,mel2wav}.*").reaches("mel2wav."));
    QVERIFY(octet::Glob("f*.x").reaches("flow."));
    QVERIFY(!octet::Glob("{flow,mel2wav}.*").reaches("tokenizer."));
    QVERIFY(!octet::Glob("flow").reaches("flow."));
  }

  void patterns_beyond_all_need_are_refused() {
    std::string stars, braces;
    for (int i = 0; i < 200'000; ++i) {
      stars += "*?";
      braces += "{,a}";
    }
    for (const auto& pattern :
         {stars, braces, std::string(400'000, '?'), "{" + std::string(400'000, ',') + "}"}) {
      try {
        static_cast<void>(octet::Glob(pattern));
        QFAIL("accepted");
      } catch (const octet::Error& error) {
        QCOMPARE(static_cast<int>(error.kind()), static_cast<int>(octet::ErrorKind::usage));
        QVERIFY2(QByteArray(error.what()).size() < 400, "the message repeats the pattern");
      }
    }
    // The most that is taken: every state open at once.
    QVERIFY(octet::Glob(braces.substr(0, 4 * 3000)).matches(std::string(100, 'a')));
  }

  void hostile_patterns_take_time_in_proportion() {
    // A backtracking matcher needs about 2^200 steps here, this one 10^8 at the very most.
    std::string stars;
    std::string braces;
    for (int i = 0; i < 200; ++i) {
      stars += "a*";
      braces += "{a,aa}";
    }
    const std::string name(5000, 'a');
    QVERIFY(!octet::Glob(stars + "b").matches(name));
    QVERIFY(!octet::Glob(braces + "b").matches(name.substr(0, 300)));
    QVERIFY(octet::Glob(braces).matches(name.substr(0, 300)));
    QVERIFY(octet::Glob(std::string(400'000, '*')).matches("x"));
  }
};

QTEST_GUILESS_MAIN(TestGlob)
#include "test_glob.moc"
