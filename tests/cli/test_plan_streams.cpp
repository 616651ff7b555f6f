#include "core/synthesis/stream_file.h"
#include "tests/cli/octet_process.h"

using namespace octet;
using namespace octet::test;

/// `octet plan streams` where there is no GPU.
class TestPlanStreams : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// One process of 1.5 GB, four clips at once; one case that a small GPU had no place for.
  void initTestCase() {
    // flow and mel2wav of the demo voice under seed over bf16
    const StreamMeasures measures{
        "Some GPU",
        {{"seed bf16",
          7'679'854,
          {{10, 4, 200'000'000, 700'000'000, 1'000'000'000, 400'000'000, 500'000'000},
           {.seconds = 30, .clips = 16, .failed = "needs 9 GB"}}}}};
    write_bytes(path_of(measured()), format_streams(measures));
  }

  void a_processor_refuses_and_says_what_to_do() {
    const auto run = run_octet({"plan", "streams", kDemoCheckpoint, "--device", "cpu"});
    COMPARE_RUN(run, 4, "--json");
    QCOMPARE(run.out, QByteArray());
  }

  void measures_of_a_gpu_become_streams() {
    const QStringList streams{"plan", "streams", kDemoCheckpoint, "--plan", "seed", "--measured", measured()};
    const auto run =
        run_octet(streams + QStringList{"--memory", "6", "--memory", "1", "--vllm", "2", "--json"});
    COMPARE_RUN(run, 0, "");
    const auto out = run.json();
    QCOMPARE(out["device"].toString(), QString("Some GPU"));
    const auto cases = out["plans"].toArray().at(0)["cases"].toArray();
    const auto gpus = cases.at(0)["gpus"].toArray();
    QCOMPARE(gpus.at(0)["streams"].toInt(), 8);  // two processes in 4 GB
    QCOMPARE(gpus.at(0)["left_bytes"].toInteger(), 2'500'000'000);
    QCOMPARE(gpus.at(1)["streams"].toInt(), 0);
    QCOMPARE(cases.at(1)["failed"].toString(), QString("needs 9 GB"));
    // What it prints is what it reads.
    write_bytes(path_of(folder_.filePath("again")), run.out.toStdString());
    const auto again = run_octet({"plan", "streams", kDemoCheckpoint, "--plan", "seed", "--measured",
                                  folder_.filePath("again"), "--json"});
    QCOMPARE(again.json()["plans"].toArray().at(0)["cases"].toArray().at(0)["reserved_bytes"].toInteger(),
             1'000'000'000);

    const auto table = run_octet(streams);
    COMPARE_RUN(table, 0, "");
    QVERIFY2(table.out.contains("measured on Some GPU"), table.out);
    QVERIFY2(table.out.contains("16 (4.5)"), table.out);  // four processes of four clips on 6 GB
    QVERIFY2(table.out.contains("16 clips of 30 s were not measured: needs 9 GB"), table.out);
  }

  void measures_of_another_plan_are_refused() {
    COMPARE_RUN(run_octet({"plan", "streams", kDemoCheckpoint, "--measured", measured()}), 3,
                "no plan all-base bf16");
    COMPARE_RUN(run_octet({"plan", "streams", kDemoCheckpoint, "--measured", kDemoCheckpoint}), 3,
                "s3gen_demo.safetensors");
  }

 private:
  QString measured() const { return folder_.filePath("streams.json"); }

  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestPlanStreams)
#include "test_plan_streams.moc"
