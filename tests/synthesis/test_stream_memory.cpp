#include <QtTest>

#include "core/synthesis/stream_file.h"
#include "tests/demo_voice.h"

using namespace octet;

namespace {

constexpr std::uint64_t kGigabyte = 1'000'000'000;

StreamMemory measured(std::uint64_t reserved, std::uint64_t beside) {
  return {.seconds = 5,
          .clips = 4,
          .weight_bytes = kGigabyte / 5,
          .allocated_bytes = reserved / 2,
          .reserved_bytes = reserved,
          .recorded_bytes = reserved / 4,
          .beside_bytes = beside};
}

ResolvedPlan resolved(std::string_view name, Precision base) {
  return resolve(test::plan_of(name, base), test::demo_checkpoint()->layers());
}

/// What a GPU would have measured of the demo voice under the seed plan.
StreamMeasures seed_measures() {
  // flow and mel2wav in `octet plan show seed s3gen_demo.safetensors`
  return {"a GPU", {{"seed bf16", 7'679'854, {measured(kGigabyte, kGigabyte / 2)}}}};
}

}  // namespace

class TestStreamMemory : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// A process of 1.5 GB makes four clips at once.
  void processes_are_counted_whole_and_what_is_left_is_beside_one_data() {
    QTest::addColumn<double>("gigabytes");
    QTest::addColumn<quint64>("others");
    QTest::addColumn<int>("streams");
    QTest::addColumn<quint64>("left");
    QTest::newRow("five") << 8.0 << quint64(0) << 20 << quint64(6'500'000'000);
    QTest::newRow("to the byte") << 1.5 << quint64(0) << 4 << quint64(0);
    QTest::newRow("a byte too many") << 1.5 << quint64(1) << 0 << quint64(0);
    QTest::newRow("beside vLLM") << 6.0 << quint64(2 * kGigabyte) << 8 << quint64(2'500'000'000);
    QTest::newRow("vLLM alone is too large") << 6.0 << quint64(7 * kGigabyte) << 0 << quint64(0);
  }
  void processes_are_counted_whole_and_what_is_left_is_beside_one() {
    QFETCH(double, gigabytes);
    QFETCH(quint64, others);
    const auto fit = streams_that_fit(measured(kGigabyte, kGigabyte / 2), gigabytes, others);
    QTEST(fit.streams, "streams");
    QTEST(quint64(fit.left_bytes), "left");
  }

  void what_was_not_measured_fits_nowhere() {
    auto none = measured(0, 0);
    none.failed = "out of memory";
    QCOMPARE(streams_that_fit(none, 80, 0).streams, 0);
  }

  void measures_are_read_back_as_they_were_written() {
    auto measures = seed_measures();
    measures.plans[0].cases.push_back({.seconds = 30, .clips = 16, .failed = "needs 3 GB"});
    QVERIFY(parse_streams(format_streams(measures), "file") == measures);
  }

  void what_is_no_such_file_is_refused_by_name_data() {
    QTest::addColumn<QByteArray>("text");
    const auto changed = [](QByteArray from, QByteArray to) {
      auto text = QByteArray::fromStdString(format_streams(seed_measures()));
      return text.contains(from) ? text.replace(from, to) : QByteArray();
    };
    QTest::newRow("no JSON") << QByteArray("streams");
    QTest::newRow("an array") << QByteArray("[]");
    QTest::newRow("another format") << changed("octet-streams", "octet-bench");
    QTest::newRow("a later version") << changed("\"version\": 1", "\"version\": 2");
    QTest::newRow("other prompts") << changed("\"prompt_seconds\": 10.0", "\"prompt_seconds\": 3.0");
    QTest::newRow("negative") << changed("\"reserved_bytes\": 1", "\"reserved_bytes\": -1");
    QTest::newRow("a text") << changed("\"clips\": 4", "\"clips\": \"4\"");
    QTest::newRow("no cases") << changed("\"cases\"", "\"rows\"");
  }
  void what_is_no_such_file_is_refused_by_name() {
    QFETCH(QByteArray, text);
    QVERIFY(!text.isEmpty());
    try {
      (void)parse_streams(text.toStdString(), "some.json");
    } catch (const Error& error) {
      QCOMPARE(error.kind(), ErrorKind::input);
      QVERIFY2(QByteArray(error.what()).contains("some.json"), error.what());
      QVERIFY(error.hint().find("octet plan streams") != std::string::npos);
      return;
    }
    QFAIL("was read");
  }

  /// A plan of another name, base or size is not what was measured.
  void measures_are_of_the_plan_and_the_model_that_were_measured_data() {
    QTest::addColumn<QByteArray>("plan");
    QTest::addColumn<int>("base");
    QTest::addColumn<quint64>("stored");
    QTest::addColumn<QByteArray>("why");
    const auto stored = quint64(seed_measures().plans[0].stored_bytes);
    QTest::newRow("it is") << QByteArray("seed") << int(Precision::bf16) << stored << QByteArray();
    QTest::newRow("base") << QByteArray("seed") << int(Precision::fp32) << stored << QByteArray("no plan");
    QTest::newRow("name") << QByteArray("all-base") << int(Precision::bf16) << stored
                          << QByteArray("no plan all-base bf16");
    QTest::newRow("size") << QByteArray("seed") << int(Precision::bf16) << stored + 1
                          << QByteArray("7679854 bytes");
  }
  void measures_are_of_the_plan_and_the_model_that_were_measured() {
    QFETCH(QByteArray, plan);
    QFETCH(int, base);
    QFETCH(quint64, stored);
    QFETCH(QByteArray, why);
    auto measures = seed_measures();
    measures.plans[0].stored_bytes = stored;
    const std::vector plans{resolved(plan.toStdString(), static_cast<Precision>(base))};
    try {
      const auto found = streams_of(measures, *test::demo_checkpoint(), plans, "some.json");
      QVERIFY(why.isEmpty());
      QVERIFY(found == measures);
    } catch (const Error& error) {
      QCOMPARE(error.kind(), ErrorKind::input);
      QVERIFY2(!why.isEmpty() && QByteArray(error.what()).contains(why), error.what());
    }
  }

  void a_processor_measures_no_gpu() {
    try {
      (void)measure_streams(test::demo_checkpoint(), {resolved("seed", Precision::bf16)}, {}, {});
      QFAIL("was measured");
    } catch (const Error& error) {
      QCOMPARE(error.kind(), ErrorKind::device);
    }
  }

  /// Longer or more clips never take less; weights are the plan's, and a process is more than its tensors.
  void a_gpu_measures_every_case() {
    if (gpu_count() == 0) QSKIP("needs a GPU");
    const auto measures = measure_streams(test::demo_checkpoint(), {resolved("seed", Precision::bf16)},
                                          parse_device("cuda"), {});
    const auto& cases = measures.plans.at(0).cases;
    QCOMPARE(cases.size(), kStreamSeconds.size() * kStreamClips.size());
    for (std::size_t i = 0; i < cases.size(); ++i) {
      QVERIFY2(cases[i].failed.empty(), cases[i].failed.c_str());
      QVERIFY(cases[i].weight_bytes < cases[i].allocated_bytes);
      QVERIFY(cases[i].allocated_bytes <= cases[i].reserved_bytes);
      QVERIFY(cases[i].recorded_bytes > 0 && cases[i].recorded_bytes < cases[i].reserved_bytes);
      QVERIFY(cases[i].beside_bytes > 0);
      if (i % kStreamClips.size() > 0) QVERIFY(cases[i].allocated_bytes > cases[i - 1].allocated_bytes);
    }
  }
};

QTEST_APPLESS_MAIN(TestStreamMemory)
#include "test_stream_memory.moc"
