#include <sys/stat.h>

#include "tests/cli/octet_process.h"

namespace octet::test {
namespace {

/// A program in place of Python: writes its arguments and what it was given to FOLDER/heard, then runs
/// `body`.
QString stand_in(const QTemporaryDir& folder, const QByteArray& body) {
  const auto path = here(folder, "python");
  QFile file(path);
  if (!file.open(QIODevice::WriteOnly)) return {};
  file.write("#!/bin/sh\necho \"$@\" OMP_NUM_THREADS=$OMP_NUM_THREADS > \"$(dirname \"$0\")/heard\"\n" +
             body);
  file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
  return path;
}

QProcessEnvironment with_python(const QString& python) {
  auto environment = plain_environment();
  environment.insert("OCTET_PYTHON", python);
  return environment;
}

const QStringList kBench{"bench",     kDemoCheckpoint, "--vs",      "upstream", "--plan",  "all-base",
                         "--seconds", "0.2",           "--rounds",  "1",        "--steps", "1",
                         "--device",  "cpu",           "--threads", "1"};

constexpr auto kTimed = R"(echo '{"timings": [{"way": "stock", "median_seconds": 1000.0, "min_seconds": 900.0,
  "max_seconds": 1100.0, "resident_bytes": null, "peak_bytes": 5000000, "failed": ""}]}')";

}  // namespace

class TestBenchUpstream : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void upstream_is_asked_for_the_same_synthesis_and_set_beside_ours() {
    const QTemporaryDir folder;
    const auto environment = with_python(stand_in(folder, kTimed));
    const auto run = run_program(OCTET_BINARY, kBench + QStringList{"--json"}, environment);
    QVERIFY2(run.code == 0, run.err);
    const auto heard = QString::fromUtf8(content(here(folder, "heard"))).simplified();
    QCOMPARE(heard,
             "-m octet_s3gen bench " + kDemoCheckpoint +
                 " --json --way stock --seconds 0.200000 --prompt-seconds 3.000000 --rounds 1 --device cpu"
                 " --steps 1 OMP_NUM_THREADS=1");
    const auto upstream = run.json()["upstream"].toObject();
    QCOMPARE(upstream["median_seconds"].toDouble(), 1000.0);
    QCOMPARE(upstream["peak_bytes"].toInteger(), 5000000);
    QVERIFY(!upstream.contains("resident_bytes"));
    for (const auto& stage : run.json()["plans"].toArray().at(0)["stages"].toArray())
      if (stage.toObject()["stage"].toString() == "end to end")
        QCOMPARE(upstream["ratio"].toDouble(), 1000.0 / stage.toObject()["median_seconds"].toDouble());
    const auto table = run_program(OCTET_BINARY, kBench, environment);
    QVERIFY2(table.out.contains("upstream, stock") && table.out.contains("1000000.00"), table.out);
  }

  /// Who divides one column by another finds the ratio; rounds go apart by more or less.
  void ratios_follow_from_the_medians_beside_them() {
    const auto run = run_program(
        OCTET_BINARY, {"bench", kDemoCheckpoint, "--plan", "all-base", "--plan", "seed", "--seconds", "0.2",
                       "--rounds", "4", "--steps", "1", "--device", "cpu", "--threads", "1"});
    QVERIFY2(run.code == 0, run.err);
    static const QRegularExpression gap(" {2,}");
    QStringList heads;
    QHash<QString, double> of_first;
    int compared = 0;
    for (const auto& line : QString::fromUtf8(run.out).split('\n')) {
      const auto cells = line.split(gap);
      if (cells.contains("by round")) heads = cells;
      if (heads.isEmpty() || cells.size() < heads.indexOf("by round") + 1 || cells == heads) continue;
      const auto cell = [&](const char* head) { return cells[heads.indexOf(QLatin1String(head))]; };
      const double median = cell("median ms").toDouble();
      if (!of_first.contains(cell("stage"))) of_first[cell("stage")] = median;
      const double first = of_first[cell("stage")], ratio = cell("ratio").toDouble();
      // Medians are written to 0.005 ms.
      QVERIFY2(std::abs(ratio - median / first) < 0.0006 + 0.01 * (1 + ratio) / first, qPrintable(line));
      const auto rounds = cell("by round").split(u'–');
      QVERIFY2(rounds.size() == 2 && rounds[0].toDouble() <= rounds[1].toDouble(), qPrintable(line));
      ++compared;
    }
    QVERIFY2(compared > 8, run.out);
  }

  void what_upstream_raises_is_said() {
    const QTemporaryDir folder;
    const auto environment = with_python(
        stand_in(folder, R"(echo '{"timings": [{"way": "stock", "median_seconds": null, "min_seconds": null,
          "max_seconds": null, "resident_bytes": null, "peak_bytes": null, "failed": "RuntimeError: no"}]}'; exit 1)"));
    const auto run = run_program(OCTET_BINARY, kBench, environment);
    QVERIFY2(run.code == 0, run.err);
    QVERIFY2(run.out.contains("upstream, stock, raises RuntimeError: no"), run.out);
  }

  void a_python_without_upstream_is_told_from_none_data() {
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("without the package") << QByteArray("echo No module named octet_s3gen >&2; exit 1")
                                         << QByteArray("No module named octet_s3gen");
    QTest::newRow("other words") << QByteArray("echo hello") << QByteArray("no timing");
    QTest::newRow("other json") << QByteArray("echo '{\"timings\": []}'; exit 3") << QByteArray("code 3");
    QTest::newRow("killed") << QByteArray("kill -9 $$") << QByteArray("code 137");
  }
  void a_python_without_upstream_is_told_from_none() {
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, said);
    const QTemporaryDir folder;
    const auto run = run_program(OCTET_BINARY, kBench, with_python(stand_in(folder, body)));
    QCOMPARE(run.code, 3);
    QVERIFY2(run.err.contains(said) && run.err.contains("OCTET_PYTHON"), run.err);
    const auto none = run_program(OCTET_BINARY, kBench, with_python(here(folder, "absent")));
    QCOMPARE(none.code, 3);
    QVERIFY2(none.err.contains("absent: No such file"), none.err);
  }

  /// And the other program ends, too: it holds the end of a pipe that is empty only then.
  void an_interrupt_ends_both() {
    const QTemporaryDir folder;
    const auto pipe = here(folder, "pipe");
    QCOMPARE(::mkfifo(pipe.toUtf8().constData(), 0600), 0);
    const auto python =
        stand_in(folder, "exec 9> \"$(dirname \"$0\")/pipe\"; echo started >&9; exec sleep 600 <&-");
    QProcess process;
    process.setProcessEnvironment(with_python(python));
    process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
    process.start(OCTET_BINARY, kBench);
    QFile reader(pipe);
    QVERIFY(reader.open(QIODevice::ReadOnly));  // waits for the writer
    QCOMPARE(reader.readLine(), QByteArray("started\n"));
    process.terminate();
    QVERIFY(process.waitForFinished(-1));
    QCOMPARE(process.exitCode(), 5);
    QCOMPARE(reader.readAll(), QByteArray());  // returns when nobody can write any more
  }
};

}  // namespace octet::test

QTEST_GUILESS_MAIN(octet::test::TestBenchUpstream)
#include "test_bench_upstream.moc"
