#include "core/work_lock.h"
#include "tests/cli/octet_process.h"

using namespace octet;
using namespace octet::test;

/// `octet validate` on sets of short tones.
class TestValidate : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;

  QString in(const char* name) const { return here(folder_, name); }
  QString set(int clips) const {
    const auto made = in(("set" + std::to_string(clips)).c_str());
    QDir().mkpath(made);
    for (int i = 0; i < clips; ++i)
      write_tones(QString("%1/%2.wav").arg(made).arg(i), 24000, 1, 0.3 + 0.04 * i);
    return made;
  }
  static QStringList command(const QString& set, const QStringList& more) {
    return QStringList{"validate", kDemoCheckpoint, "--set", set,         "--steps",
                       "1",        "--plan",        "seed",  "--threads", "1"} +
           more;
  }

 private Q_SLOTS:
  void a_set_is_judged_and_its_result_kept() {
    const auto arguments = command(set(3), {"-o", in("r.json")});
    const auto run = run_octet(arguments);
    COMPARE_RUN(run, 0, "3 clips are too few");
    QVERIFY2(run.out.contains("\nbf16 ") && run.out.contains("\nseed "), run.out);
    const auto first = content(in("r.json"));
    const auto json = QJsonDocument::fromJson(first).object();
    QCOMPARE(json["format"].toString(), "octet-validation");
    QCOMPARE(json["clips"].toArray().size(), 3);
    QCOMPARE(json["plans"].toArray().size(), 3);  // and the control
    QCOMPARE(json["plans"].toArray()[1].toObject()["verdict"].toString(), "listen");
    const auto again =
        run_octet(arguments + QStringList{"--json", "--report", in("r.html"), "--csv", in("r.csv")});
    COMPARE_RUN(again, 0, "");
    QVERIFY(content(in("r.html")).contains("\"clips\":[\"0\",\"1\",\"2\"]") &&
            content(in("r.html")).count("\"pcm16\"") == 3 * 5);
    QCOMPARE(content(in("r.csv")).count('\n'), 1 + 3 * 3 * 27);
    QCOMPARE(content(in("r.json")), first);
    QCOMPARE(again.out.trimmed(), first.trimmed());
  }

  /// Ctrl-C behind the first clip; the same command then ends in the bytes of one that was left alone.
  void one_that_was_stopped_goes_on() {
    const auto clips = set(4);
    COMPARE_RUN(run_octet(command(clips, {"-o", in("whole.json")})), 0, "");
    QProcess process;
    process.setProcessEnvironment(plain_environment());
    process.start(OCTET_BINARY, command(clips, {"-o", in("parts.json")}));
    QTRY_VERIFY_WITH_TIMEOUT(content(in("parts.json")).contains("{\"clip\": \"0\"") ||
                                 content(in("parts.json")).contains("{\"clip\":\"0\""),
                             120'000);
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(120'000));
    QCOMPARE(process.exitCode(), 5);
    QVERIFY(content(in("parts.json")) != content(in("whole.json")));
    COMPARE_RUN(run_octet(command(clips, {"-o", in("parts.json")})), 0, "");
    QCOMPARE(content(in("parts.json")), content(in("whole.json")));
  }

  void what_is_broken_is_said_by_the_exit_code() {
    // By these thresholds everything is.
    write_bytes(path_of(in("strict.json")),
                R"({"format": "octet-thresholds", "version": 1, "error": 0.05,
                    "measures": [{"measure": "mr_stft", "inaudible": -100, "broken": -50}]})");
    COMPARE_RUN(run_octet(command(set(6), {"--thresholds", in("strict.json")})), 1, "seed is broken");
  }

  /// By these thresholds nothing is ever broken: that is no pass. Without a control nobody asks.
  void a_control_that_is_not_found_is_said_by_the_exit_code() {
    write_bytes(path_of(in("lenient.json")),
                R"({"format": "octet-thresholds", "version": 1, "error": 0.05,
                    "measures": [{"measure": "mr_stft", "inaudible": 100, "broken": 200}]})");
    const QStringList lenient{"--thresholds", in("lenient.json"), "-o", in("lenient_result.json")};
    COMPARE_RUN(run_octet(command(set(6), lenient)), 1, "THE CONTROL WAS NOT FOUND");
    QVERIFY(content(in("lenient_result.json")).contains("\"found\":false"));
    // The same file is of another study.
    COMPARE_RUN(run_octet(command(set(6), lenient) + QStringList{"--no-control"}), 2, "its plans is another");
    const auto without = run_octet(command(set(6), {"--thresholds", in("lenient.json"), "--no-control"}));
    COMPARE_RUN(without, 0, "");
    QVERIFY2(!without.out.contains("control"), without.out);
  }

  void files_of_others_are_left_alone() {
    write_bytes(path_of(in("mine.json")), "my words");
    COMPARE_RUN(run_octet(command(set(1), {"-o", in("mine.json")})), 3, "is no octet-validation");
    QCOMPARE(content(in("mine.json")), QByteArray("my words"));
    COMPARE_RUN(run_octet(command(set(1), {"-o", in("one.json")})), 0, "");
    const auto before = content(in("one.json"));
    COMPARE_RUN(run_octet(command(set(1), {"-o", in("one.json"), "--seed", "1"})), 2,
                "is of another study: its seed is another");
    QCOMPARE(content(in("one.json")), before);
    {
      const WorkLock at_work(path_of(in("one.json")));
      COMPARE_RUN(run_octet(command(set(1), {"-o", in("one.json")})), 6, "another process is at work on");
    }
    COMPARE_RUN(run_octet(command(in("nowhere"), {})), 3, "nowhere");
    COMPARE_RUN(run_octet(command(set(1), {"--thresholds", in("mine.json")})), 3, "no octet-thresholds");
  }

  void costs_are_said_where_they_are_asked_for() {
    const auto without = run_octet(command(set(1), {}));
    COMPARE_RUN(without, 0, "");
    QVERIFY2(!without.out.contains("What stages took"), without.out);
    const auto run = run_octet(command(set(1), {"--costs", "-o", in("costs.json")}));
    COMPARE_RUN(run, 0, "");
    QVERIFY2(run.out.contains("What stages took") && run.out.contains("\nreference "), run.out);
    QVERIFY(content(in("costs.json")).contains("\"reference_stages\""));
    // Of one step there are no fewer.
    COMPARE_RUN(run_octet(command(set(1), {"--fewer-steps"})), 2, "--fewer-steps");
  }
};

QTEST_GUILESS_MAIN(TestValidate)
#include "test_validate.moc"
