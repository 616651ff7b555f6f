#include <QtTest>

#include "core/error.h"
#include "core/resources.h"
#include "core/synthesis/self_check.h"

/// What `octet doctor --check` runs, for the CPU and for the GPU where there is one.
class TestDevice : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void the_device_computes_what_the_cpu_computes_data() {
    QTest::addColumn<QByteArray>("device");
    QTest::newRow("cpu") << QByteArray("cpu");
    QTest::newRow("cuda") << QByteArray("cuda");
  }
  void the_device_computes_what_the_cpu_computes() {
    QFETCH(QByteArray, device);
    octet::Device chosen;
    try {
      chosen = octet::parse_device(device.toStdString());
    } catch (const octet::Error& error) {
      QVERIFY(device == "cuda" && error.kind() == octet::ErrorKind::device);
      QSKIP(qPrintable(QString("no CUDA device: %1").arg(error.what())));
    }
    const auto checks = octet::check_device(chosen, octet::demo_voice_folder(), {});
    QVERIFY(checks.size() > 40);
    int compared = 0;
    for (const auto& check : checks) {
      const auto message =
          QString("%1: %2, bound %3").arg(check.what.c_str()).arg(check.error).arg(check.bound);
      if (!check.skipped.empty()) qInfo("skipped: %s: %s", check.what.c_str(), check.skipped.c_str());
      QVERIFY2(check.passed(), qPrintable(message));
      // The CPU against itself: fp32 stages and bytes agree exactly.
      const bool exact = check.what.ends_with("bytes") || check.what.starts_with("fp32 against CPU") ||
                         check.what == "speech tokens, ids" || check.what == "prompt_feat" ||
                         check.what == "embedding";
      if (exact && chosen.kind == octet::Device::Kind::cpu) {
        QVERIFY2(check.error == 0, qPrintable(message));
        ++compared;
      }
      // And bf16 is not fp32: these figures are of something.
      if (check.what.starts_with("bf16 against fp32")) QVERIFY2(check.error > 1e-5, qPrintable(message));
    }
    QVERIFY(chosen.kind != octet::Device::Kind::cpu || compared >= 20);
  }
};

QTEST_GUILESS_MAIN(TestDevice)
#include "test_device.moc"
