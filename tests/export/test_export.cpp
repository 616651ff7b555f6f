#include <sys/resource.h>
#include <unistd.h>

#include <QtTest>
#include <csignal>
#include <cstring>
#include <fstream>
#include <limits>

#include "core/error.h"
#include "core/export/exporter.h"
#include "core/export/verify.h"
#include "core/kernels/arithmetic.h"
#include "core/kernels/device.h"
#include "tests/export/prepared.h"

namespace fs = std::filesystem;
using octet::Precision;
using octet::test::demo_checkpoint;
using octet::test::plan_of;
using octet::test::prepared;
using octet::test::read_all;

namespace {

/// Overwrites `bytes` of a tensor of the file, `offset` into it.
void overwrite(const fs::path& path, const std::string& tensor, std::size_t offset,
               const std::string& bytes) {
  auto text = read_all(path);
  std::uint64_t header = 0;
  std::memcpy(&header, text.data(), sizeof(header));
  const auto begin =
      nlohmann::json::parse(text.substr(8, header)).at(tensor).at("data_offsets").at(0).get<std::size_t>();
  text.replace(8 + header + begin + offset, bytes.size(), bytes);
  std::ofstream(path, std::ios::binary) << text;
}

std::string bytes_of(float value) {
  std::string bytes(sizeof(value), '\0');
  std::memcpy(bytes.data(), &value, sizeof(value));
  return bytes;
}

octet::Synthesis speak(std::shared_ptr<const octet::Checkpoint> checkpoint,
                       const octet::PrecisionPlan& plan) {
  const octet::Engine engine(std::move(checkpoint), {});
  return engine.synthesize(*engine.bind(plan), octet::test::spoken(12, 2), {});
}

}  // namespace

class TestExport : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;

  fs::path file(const char* name) const { return fs::path(folder_.path().toStdString()) / name; }

 private Q_SLOTS:
  void initTestCase() { octet::configure_arithmetic(2); }

  void an_export_has_the_predicted_size_and_the_sound_of_its_plan_data() {
    QTest::addColumn<QByteArray>("preset");
    QTest::addColumn<int>("base");
    for (const auto* name : {"seed", "all-int8", "linear-only"})
      for (const auto base : {Precision::bf16, Precision::fp32, Precision::fp16})
        QTest::addRow("%s %s", name, std::string(octet::to_string(base)).c_str())
            << QByteArray(name) << int(base);
  }
  void an_export_has_the_predicted_size_and_the_sound_of_its_plan() {
    QFETCH(QByteArray, preset);
    QFETCH(int, base);
    const auto plan = plan_of(preset.toStdString(), static_cast<Precision>(base));
    const auto made = prepared(plan);
    const auto path = file("whole.safetensors");
    octet::write_export(made, path, {});
    QCOMPARE(quint64(fs::file_size(path)), quint64(octet::predicted_export_bytes(made)));

    const auto exported = octet::Checkpoint::open(path);
    const auto stored = octet::stored_plan(exported->layers(), exported->metadata());
    QVERIFY(speak(exported, stored).waveform == speak(demo_checkpoint(), plan).waveform);
    QVERIFY(octet::verify_export(path, demo_checkpoint(), {}, {}).passed());

    // Re-export gives the same file, and so does the same plan again.
    octet::write_export(octet::prepare_export(exported, octet::resolve(stored, exported->layers()), {}),
                        file("again.safetensors"), {});
    QVERIFY(read_all(file("again.safetensors")) == read_all(path));
    octet::write_export(prepared(plan), file("again.safetensors"), {});
    QVERIFY(read_all(file("again.safetensors")) == read_all(path));
  }

  void an_export_of_each_method_is_verified_and_made_again_data() {
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("options");
    QTest::newRow("dynamic") << QByteArray("dynamic") << QByteArray();
    QTest::newRow("dynamic by token") << QByteArray("dynamic") << QByteArray(R"({"scales":"token"})");
    QTest::newRow("outliers") << QByteArray("llm-int8") << QByteArray(R"({"threshold":"infinity"})");
    QTest::newRow("groups") << QByteArray("weight-only") << QByteArray(R"({"group":64})");
    QTest::newRow("zero points") << QByteArray("weight-only") << QByteArray(R"({"asymmetric":true})");
    QTest::newRow("both") << QByteArray("weight-only") << QByteArray(R"({"asymmetric":true,"group":32})");
  }
  void an_export_of_each_method_is_verified_and_made_again() {
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, options);
    auto plan = plan_of("all-base", Precision::bf16);
    const octet::Choice choice{.method = *octet::method_from(method.toStdString()),
                               .options = options.toStdString()};
    for (const auto* match : {"flow.*", "mel2wav.*"})
      plan.rules.push_back({.match = match, .type = {}, .choice = choice});
    const auto made = prepared(plan);
    const auto path = file("method.safetensors");
    octet::write_export(made, path, {});
    QCOMPARE(quint64(fs::file_size(path)), quint64(octet::predicted_export_bytes(made)));
    QVERIFY(octet::verify_export(path, demo_checkpoint(), {}, {}).passed());
    const auto exported = octet::Checkpoint::open(path);
    const auto stored = octet::stored_plan(exported->layers(), exported->metadata());
    octet::write_export(octet::prepare_export(exported, octet::resolve(stored, exported->layers()), {}),
                        file("again.safetensors"), {});
    QVERIFY(read_all(file("again.safetensors")) == read_all(path));
    QVERIFY(speak(exported, stored).waveform !=
            speak(demo_checkpoint(), plan_of("all-base", Precision::bf16)).waveform);
  }

  void a_clipped_export_states_its_options_and_is_not_made_anew() {
    auto plan = plan_of("all-base", Precision::bf16);
    plan.rules.push_back({.match = "flow.*", .type = {}, .choice = {.options = R"({"clip":"mse"})"}});
    const auto made = prepared(plan);
    const auto path = file("clipped.safetensors");
    octet::write_export(made, path, {});
    QCOMPARE(quint64(fs::file_size(path)), quint64(octet::predicted_export_bytes(made)));
    QVERIFY(octet::verify_export(path, demo_checkpoint(), {}, {}).passed());

    const auto exported = octet::Checkpoint::open(path);
    const auto write_again = [&](const octet::PrecisionPlan& again) {
      octet::write_export(octet::prepare_export(exported, octet::resolve(again, exported->layers()), {}),
                          file("again.safetensors"), {});
    };
    write_again(octet::stored_plan(exported->layers(), exported->metadata()));
    QVERIFY(read_all(file("again.safetensors")) == read_all(path));
    plan.rules.back().choice.options.clear();
    octet::write_export(prepared(plan), file("plain.safetensors"), {});
    QVERIFY(read_all(file("plain.safetensors")) != read_all(path));
    try {
      write_again(plan);
      QFAIL("clipped integers were taken for plain ones");
    } catch (const octet::Error& error) {
      const QString what = error.what();
      QVERIFY2(what.contains("is stored as int8 {\"clip\":\"mse\"}, the plan asks for int8"), error.what());
      QVERIFY(octet::Checkpoint::open(file("again.safetensors")));
    }
  }

  /// Files that make_goldens.py wrote: both formats say the same, and either gives the second to the byte.
  void kept_files_of_both_formats_open_and_export_as_format_two_data() {
    QTest::addColumn<QByteArray>("name");
    QTest::newRow("1") << QByteArray("format1.safetensors");
    QTest::newRow("2") << QByteArray("format2.safetensors");
  }
  void kept_files_of_both_formats_open_and_export_as_format_two() {
    QFETCH(QByteArray, name);
    const fs::path goldens = fs::path(OCTET_SOURCE_DIR) / "tests" / "export" / "goldens";
    const auto path = goldens / name.toStdString();
    const auto kept = octet::Checkpoint::open(path);
    std::size_t int8 = 0;
    for (const auto& layer : kept->layers()) int8 += layer.stored == Precision::int8;
    QCOMPARE(int8, 3u + 2 * 3 * 6);
    const auto stored = octet::stored_plan(kept->layers(), kept->metadata());
    octet::write_export(octet::prepare_export(kept, octet::resolve(stored, kept->layers()), {}),
                        file("again.safetensors"), {});
    QVERIFY(read_all(file("again.safetensors")) == read_all(goldens / "format2.safetensors"));
    QVERIFY(octet::verify_export(path, kept, {}, {}).passed());
  }

  void components_alone_speak_as_the_whole_does() {
    const auto plan = plan_of("seed", Precision::bf16);
    const auto made = prepared(plan, {"mel2wav", "flow"});
    const auto path = file("parts.safetensors");
    octet::write_export(made, path, {});
    QCOMPARE(quint64(fs::file_size(path)), quint64(octet::predicted_export_bytes(made)));
    const auto exported = octet::Checkpoint::open(path);
    QCOMPARE(exported->components(), (std::vector<std::string>{"flow", "mel2wav"}));
    QCOMPARE(QByteArray(exported->metadata().at("octet_components").c_str()), QByteArray("flow,mel2wav"));
    QVERIFY(speak(exported, octet::stored_plan(exported->layers(), exported->metadata())).waveform ==
            speak(demo_checkpoint(), plan).waveform);
    QVERIFY_THROWS_EXCEPTION(octet::Error, prepared(plan, {"flow", "mel2vaw"}));
  }

  void verification_names_what_is_wrong_data() {
    QTest::addColumn<QByteArray>("tensor");
    QTest::addColumn<int>("offset");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<bool>("needs_source");
    const auto bytes = [](const std::string& text) {
      return QByteArray(text.data(), qsizetype(text.size()));
    };
    const float nan = std::numeric_limits<float>::quiet_NaN(),
                infinity = std::numeric_limits<float>::infinity();
    QTest::newRow("flipped int8") << QByteArray("mel2wav.ups.1.weight") << 1000 << QByteArray("\x01", 1)
                                  << true;
    QTest::newRow("-128") << QByteArray("mel2wav.ups.1.weight") << 1000 << QByteArray("\x80", 1) << false;
    QTest::newRow("another scale") << QByteArray("mel2wav.ups.1.weight_scale") << 8 << bytes(bytes_of(0.01f))
                                   << true;
    QTest::newRow("zero scale") << QByteArray("mel2wav.ups.1.weight_scale") << 8 << bytes(bytes_of(0.0f))
                                << false;
    QTest::newRow("negative scale") << QByteArray("mel2wav.ups.1.weight_scale") << 8
                                    << bytes(bytes_of(-0.01f)) << false;
    QTest::newRow("NaN scale") << QByteArray("mel2wav.ups.1.weight_scale") << 8 << bytes(bytes_of(nan))
                               << false;
    QTest::newRow("infinite scale") << QByteArray("mel2wav.ups.1.weight_scale") << 8
                                    << bytes(bytes_of(infinity)) << false;
    QTest::newRow("NaN in bf16") << QByteArray("mel2wav.conv_pre.weight") << 20 << QByteArray("\xc0\x7f", 2)
                                 << false;
    QTest::newRow("NaN in fp32") << QByteArray("tokenizer.encoder.conv1.bias") << 4 << bytes(bytes_of(nan))
                                 << false;
    QTest::newRow("another bf16") << QByteArray("flow.encoder_proj.weight") << 20 << QByteArray("\x00\x3f", 2)
                                  << true;
  }
  void verification_names_what_is_wrong() {
    QFETCH(QByteArray, tensor);
    QFETCH(int, offset);
    QFETCH(QByteArray, bytes);
    QFETCH(bool, needs_source);
    const auto path = file("wrong.safetensors");
    octet::write_export(prepared(plan_of("seed", Precision::bf16)), path, {});
    overwrite(path, tensor.toStdString(), std::size_t(offset), bytes.toStdString());
    if (!needs_source) QVERIFY(!octet::verify_export(path, nullptr, {}, {}).passed());
    const auto verification = octet::verify_export(path, demo_checkpoint(), {}, {});
    QVERIFY(!verification.passed());
    const auto fault =
        std::ranges::find_if(verification.checks, [](const auto& check) { return !check.passed; });
    QVERIFY2(fault->detail.starts_with(tensor.toStdString()), fault->detail.c_str());
  }

  /// From the first to the last: by itself where a value is not finite, beside the source where it is
  /// another.
  void no_tensor_is_left_out_data() {
    QTest::addColumn<std::string>("tensor");
    const auto first_floats = [](const octet::Layer& layer) {
      return std::ranges::find_if(layer.tensors, [](const auto& t) { return octet::is_floating(t.stored); });
    };
    const auto& layers = demo_checkpoint()->layers();
    QTest::newRow("first layer") << first_floats(layers.front())->name;
    QTest::newRow("last layer") << first_floats(layers.back())->name;
    QTest::newRow("last written") << prepared(plan_of("all-base", Precision::fp32)).tensors.back().name;
  }
  void no_tensor_is_left_out() {
    QFETCH(std::string, tensor);
    const auto path = file("left_out.safetensors");
    octet::write_export(prepared(plan_of("all-base", Precision::fp32)), path, {});
    const auto first_fault = [&](const std::shared_ptr<const octet::Checkpoint>& source) {
      const auto verification = octet::verify_export(path, source, {}, {});
      const auto fault =
          std::ranges::find_if(verification.checks, [](const auto& check) { return !check.passed; });
      return fault == verification.checks.end() ? std::string() : fault->detail;
    };
    overwrite(path, tensor, 0, bytes_of(0.3f));
    QCOMPARE(first_fault(demo_checkpoint()), tensor + " differs from what the source gives");
    overwrite(path, tensor, 0, bytes_of(std::numeric_limits<float>::quiet_NaN()));
    QCOMPARE(first_fault(nullptr), tensor + " holds NaN or infinity");
  }

  void an_export_of_another_file_is_noticed() {
    const auto path = file("other.safetensors");
    octet::write_export(prepared(plan_of("seed", Precision::bf16), {"mel2wav"}), path, {});
    const auto other = file("other_source.safetensors");
    fs::copy_file(demo_checkpoint()->path(), other, fs::copy_options::overwrite_existing);
    overwrite(other, "mel2wav.conv_pre.bias", 0, bytes_of(0.125f));
    const auto verification = octet::verify_export(path, octet::Checkpoint::open(other), {}, {});
    QVERIFY(!verification.passed());
    QVERIFY(std::ranges::any_of(verification.checks,
                                [](const auto& check) { return check.what == "source" && !check.passed; }));
    QVERIFY_THROWS_EXCEPTION(octet::Error, octet::verify_export(demo_checkpoint()->path(), nullptr, {}, {}));
  }

  /// A limit on the size of files stands in for a full disk.
  void a_full_disk_leaves_the_previous_file() {
    const fs::path place = file("full");
    fs::create_directory(place);
    const auto path = place / "export.safetensors";
    std::ofstream(path) << "the previous file";
    rlimit before{};
    QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1'000'000, before.rlim_max};
    QCOMPARE(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int kind = 0;
    try {
      octet::write_export(prepared(plan_of("seed", Precision::bf16)), path, {});
    } catch (const octet::Error& error) {
      kind = int(error.kind());
    }
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    QCOMPARE(kind, int(octet::ErrorKind::output));
    QCOMPARE(read_all(path), std::string("the previous file"));
    QCOMPARE(std::distance(fs::directory_iterator(place), fs::directory_iterator()), 1);
  }

  void a_stopped_export_leaves_nothing() {
    const fs::path place = file("stopped");
    fs::create_directory(place);
    std::stop_source stop;
    int reported = 0;
    const octet::JobControl control{stop.get_token(), [&](const octet::Progress&) {
                                      if (++reported == 40) stop.request_stop();
                                    }};
    int kind = 0;
    try {
      octet::write_export(prepared(plan_of("seed", Precision::bf16)), place / "export.safetensors", control);
    } catch (const octet::Error& error) {
      kind = int(error.kind());
    }
    QCOMPARE(kind, int(octet::ErrorKind::cancelled));
    QVERIFY(fs::is_empty(place));
  }

  /// Not one file's weights under another file's hash, nor some of each.
  void a_source_that_is_overwritten_meanwhile_leaves_nothing() {
    const fs::path place = file("overwritten"), source = file("source.safetensors");
    fs::create_directory(place);
    fs::copy_file(demo_checkpoint()->path(), source);
    fs::last_write_time(source, fs::last_write_time(source) - std::chrono::hours(1));
    const auto checkpoint = octet::Checkpoint::open(source);
    const auto resolved = octet::resolve(plan_of("seed", Precision::bf16), checkpoint->layers());
    const auto export_ = octet::prepare_export(checkpoint, resolved, {});
    int reported = 0;
    const octet::JobControl control{{}, [&](const octet::Progress&) {
                                      if (++reported == 40)
                                        overwrite(source, "mel2wav.conv_pre.bias", 0, bytes_of(1.0f));
                                    }};
    try {
      octet::write_export(export_, place / "export.safetensors", control);
      QFAIL("nothing was noticed");
    } catch (const octet::Error& error) {
      QCOMPARE(int(error.kind()), int(octet::ErrorKind::input));
      QVERIFY2(std::string(error.what()).find(source.string()) != std::string::npos, error.what());
    }
    QVERIFY(fs::is_empty(place));
    const octet::Engine engine(checkpoint, {});
    QVERIFY_THROWS_EXCEPTION(octet::Error, engine.bind(plan_of("seed", Precision::bf16)));
  }

  void a_folder_that_is_missing_or_closed_is_an_output_error() {
    const auto kind_of = [&](const fs::path& path) {
      try {
        octet::write_export(prepared(plan_of("seed", Precision::bf16), {"mel2wav"}), path, {});
      } catch (const octet::Error& error) {
        return int(error.kind());
      }
      return 0;
    };
    QCOMPARE(kind_of(file("no/such/folder/export.safetensors")), int(octet::ErrorKind::output));
    QCOMPARE(kind_of("/proc/export.safetensors"), int(octet::ErrorKind::output));  // closed even to root
    if (geteuid() == 0) return;
    const fs::path place = file("closed");
    fs::create_directory(place);
    fs::permissions(place, fs::perms::owner_read | fs::perms::owner_exec);
    QCOMPARE(kind_of(place / "export.safetensors"), int(octet::ErrorKind::output));
  }
};

QTEST_GUILESS_MAIN(TestExport)
#include "test_export.moc"
