#include "tests/cli/octet_process.h"

using namespace octet;
using namespace octet::test;

/// `octet set`, and sets where clips are taken.
class TestSet : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;

  QString in(const char* name) const { return here(folder_, name); }
  QString clips(const char* name, int count) const {
    const auto made = in(name);
    QDir().mkpath(made);
    for (int i = 0; i < count; ++i)
      write_tones(QString("%1/%2.wav").arg(made).arg(i), 24000, 1, 0.3 + 0.04 * i);
    return made;
  }
  static QJsonObject object(const QByteArray& text) { return QJsonDocument::fromJson(text).object(); }

 private Q_SLOTS:
  void a_set_is_made_once_shown_and_checked() {
    const auto set = clips("mine", 2);
    const QStringList make{"set",       "new", set,          "--speaker", "nora",
                           "--licence", "MIT", "--variants", "--json"};
    const auto made = run_octet(make);
    COMPARE_RUN(made, 0, "");
    QCOMPARE(object(made.out)["clips"].toInt(), 6);  // each as it is, quiet and fast
    const auto first = content(set + "/set.json");
    QCOMPARE(object(first)["format"].toString(), "octet-set");
    QCOMPARE(object(first)["name"].toString(), "mine");
    COMPARE_RUN(run_octet(make), 2, "set.json is there already");
    QCOMPARE(content(set + "/set.json"), first);

    const auto shown = run_octet({"set", "show", set});
    COMPARE_RUN(shown, 0, "");
    QVERIFY2(shown.out.contains("nora (6") && shown.out.contains("lacks: no clip is emotional"), shown.out);
    COMPARE_RUN(run_octet({"set", "check", set}), 0, "");
    write_tones(set + "/new.wav", 24000, 1, 0.3);
    COMPARE_RUN(run_octet({"set", "check", set}), 0, "says nothing of new.wav");
    write_tones(set + "/1.wav", 24000, 1, 0.9);
    COMPARE_RUN(run_octet({"set", "check", set}), 1, "1.wav is not what");
    COMPARE_RUN(run_octet({"set", "show", in("nowhere")}), 3, "nowhere");
    COMPARE_RUN(run_octet({"set", "new", in("nowhere")}), 3, "nowhere");
  }

  /// What the set describes is taken, nothing else, and what is another sound by now is said and left out.
  void clips_are_those_of_the_set() {
    const auto set = clips("used", 3);
    COMPARE_RUN(run_octet({"set", "new", set}), 0, "");
    write_tones(set + "/more.wav", 24000, 1, 0.3);
    write_tones(set + "/2.wav", 24000, 1, 0.9);
    const QStringList compare{"compare", kDemoCheckpoint, "--plan",  "all-base",
                              "--plan",  "seed",          "--steps", "1"};
    const auto run = run_octet(compare + QStringList{"--clips", set, "--json"});
    COMPARE_RUN(run, 1, "2.wav is not what");
    const auto json = object(run.out);
    QCOMPARE(json["clips"].toArray().size(), 2);
    QVERIFY2(json["warnings"].toArray()[0].toString().contains("no clip is quiet, none fast"), run.out);
    const auto judged =
        run_octet({"validate", kDemoCheckpoint, "--set", set, "--plan", "seed", "--steps", "1"});
    COMPARE_RUN(judged, 1, "2 could not be used");
    write_bytes(path_of(set + "/set.json"),
                R"({"format": "octet-set", "version": 1, "clips": [{"file": "../x"}]})");
    COMPARE_RUN(run_octet(compare + QStringList{"--clips", set}), 3, "set.json: line 1: \"file\": \"../x\"");
  }
};

QTEST_GUILESS_MAIN(TestSet)
#include "test_set.moc"
