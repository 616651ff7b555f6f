#include <QtTest>
#include <cstring>

#include "core/error.h"
#include "core/export/verify.h"
#include "tests/export/prepared.h"

namespace fs = std::filesystem;
using octet::Precision;
using octet::test::demo_checkpoint;
using octet::test::plan_of;
using octet::test::prepared;
using octet::test::read_all;

/// Exports that others read: stock, comfy, compressed-tensors.
class TestOtherFormats : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void other_programs_formats_have_the_predicted_size_and_verify_data() {
    QTest::addColumn<QByteArray>("preset");
    QTest::addColumn<QByteArray>("format");
    for (const auto* preset : {"seed", "all-int8", "linear-only", "all-base"})
      QTest::addRow("stock %s", preset) << QByteArray(preset) << QByteArray("stock");
    for (const auto* preset : {"linear-only", "all-base"})
      for (const auto* format : {"comfy", "compressed-tensors"})
        QTest::addRow("%s %s", format, preset) << QByteArray(preset) << QByteArray(format);
  }
  void other_programs_formats_have_the_predicted_size_and_verify() {
    QFETCH(QByteArray, preset);
    QFETCH(QByteArray, format);
    const auto plan = plan_of(preset.toStdString(), Precision::bf16);
    const auto chosen = *octet::export_format_from(format.toStdString());
    const auto path = file("other.safetensors");
    const auto made = prepared(plan, {}, chosen);
    octet::write_export(made, path, {});
    QCOMPARE(quint64(fs::file_size(path)), quint64(octet::predicted_export_bytes(made)));
    const auto verification = octet::verify_export(path, demo_checkpoint(), {}, {});
    for (const auto& check : verification.checks) QVERIFY2(check.passed, check.detail.c_str());
    QCOMPARE(verification.plan, plan.name);
    // A flipped bit in the last tensor is noticed.
    auto bytes = read_all(path);
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    std::ofstream(path, std::ios::binary) << bytes;
    QVERIFY(!octet::verify_export(path, demo_checkpoint(), {}, {}).passed());
  }

  void a_stock_export_of_unrounded_weights_has_the_tensors_of_its_source() {
    const auto path = file("unrounded.safetensors");
    octet::write_export(prepared(plan_of("all-base", Precision::fp32), {}, octet::ExportFormat::stock), path,
                        {});
    const auto& source = octet::open_tensor_file(demo_checkpoint()->path()).tensors;
    const auto& exported = octet::open_tensor_file(path).tensors;
    QCOMPARE(exported.size(), source.size());
    for (const auto& [name, tensor] : source)
      QVERIFY2(exported.at(name).read() == tensor.read(), name.c_str());
  }

  void a_format_refuses_what_it_cannot_hold_data() {
    QTest::addColumn<QByteArray>("format");
    QTest::addColumn<QByteArray>("preset");
    QTest::addColumn<int>("method");
    QTest::addColumn<QByteArray>("options");
    QTest::addColumn<QByteArray>("why");
    const auto row = [](const char* format, const char* what, const char* preset, octet::Method method,
                        const char* options, const char* why) {
      QTest::addRow("%s %s", format, what) << QByteArray(format) << QByteArray(preset) << int(method)
                                           << QByteArray(options) << QByteArray(why);
    };
    using octet::Method;
    for (const auto* format : {"comfy", "compressed-tensors"}) {
      row(format, "convolutions", "seed", Method::weight_only, "", " is a Conv1d");
      row(format, "groups", "linear-only", Method::weight_only, R"({"group":64})", "\"group\":64");
      row(format, "zero points", "linear-only", Method::weight_only, R"({"asymmetric":true})", "asymmetric");
      row(format, "rounded inputs", "linear-only", Method::dynamic, "", "dynamic");
    }
  }
  void a_format_refuses_what_it_cannot_hold() {
    QFETCH(QByteArray, format);
    QFETCH(QByteArray, preset);
    QFETCH(int, method);
    QFETCH(QByteArray, options);
    QFETCH(QByteArray, why);
    auto plan = plan_of(preset.toStdString(), Precision::bf16);
    for (auto& rule : plan.rules)
      if (rule.choice.precision == Precision::int8) {
        rule.choice.method = static_cast<octet::Method>(method);
        rule.choice.options = options.toStdString();
      }
    try {
      (void)prepared(plan, {}, *octet::export_format_from(format.toStdString()));
      QFAIL("it took what it cannot hold");
    } catch (const octet::Error& error) {
      QCOMPARE(int(error.kind()), int(octet::ErrorKind::usage));
      QVERIFY2(QByteArray(error.what()).contains(why), error.what());
      QVERIFY2(QByteArray(error.what()).startsWith(format), error.what());
      QVERIFY(error.hint().find("--format octet") != std::string::npos);
    }
  }

  void verification_finds_a_config_that_names_other_layers() {
    const auto path = file("compressed.safetensors");
    auto made =
        prepared(plan_of("linear-only", Precision::bf16), {}, octet::ExportFormat::compressed_tensors);
    auto& config = made.metadata.at("quantization_config");
    const std::string layer = "\"mel2wav.f0_predictor.classifier\"";
    const auto at = config.find(layer);
    QVERIFY(at != std::string::npos);
    config.replace(at + 1, layer.size() - 2, "mel2wav.f0_predictor.classifiers");
    octet::write_export(made, path, {});
    const auto verification = octet::verify_export(path, nullptr, {}, {});
    QVERIFY(!verification.passed());
    QCOMPARE(QByteArray(verification.checks[1].what.c_str()), QByteArray("config"));
    QVERIFY(!verification.checks[1].passed);
  }

 private:
  fs::path file(const char* name) const { return fs::path(folder_.path().toStdString()) / name; }

  QTemporaryDir folder_;
};

QTEST_APPLESS_MAIN(TestOtherFormats)
#include "test_other_formats.moc"
