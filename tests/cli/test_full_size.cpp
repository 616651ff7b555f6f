#include <QStorageInfo>
#include <cmath>

#include "core/audio/sound_file.h"
#include "tests/cli/octet_process.h"

using namespace octet;
using namespace octet::test;

/// The published model's size: a gigabyte of weights goes through every command within 8 GB of memory.
class TestFullSize : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    constexpr qint64 kNeeded = 3'000'000'000;
    if (QStorageInfo(folder_.path()).bytesAvailable() < kNeeded)
      QSKIP("needs 3 GB of free space for temporary files");
    const auto made = run_program(OCTET_FULL_SIZE_TOOL, {folder_.path()});
    QVERIFY2(made.code == 0, made.err);
    QCOMPARE(QFileInfo(in("checkpoint.safetensors")).size() / 1'000'000, 1056);
  }

  void inspect() {
    const auto result = measured({"inspect", in("checkpoint.safetensors"), "--json"});
    QCOMPARE(result.json()["total"].toObject()["seed_int8_layers"].toInt(), 259);
    QCOMPARE(result.json()["total"].toObject()["seed_int8_weights"].toInt(), 80'953'344);
  }

  void plan() {
    measured({"plan", "new", "--preset", "seed", "-o", in("seed.plan.json")});
    const auto result =
        measured({"plan", "show", in("seed.plan.json"), in("checkpoint.safetensors"), "--json"});
    QCOMPARE(result.json()["int8_layers"].toInt(), 259);
  }

  void synth() {
    measured({"synth", in("checkpoint.safetensors"), "--plan", in("seed.plan.json"), "--tokens",
              in("tokens.safetensors"), "--conds", in("conds.safetensors"), "--steps", "2", "-o",
              in("spoken.wav")});
    const auto sound = read_sound(path_of(in("spoken.wav")));  // refuses samples that are not finite
    QCOMPARE(sound.seconds(), 3.0);
    double energy = 0;
    for (const float sample : sound.samples) energy += sample * sample;
    QVERIFY2(energy > 1e-3, "silence: the weights are not scaled as they should be");
  }

  void export_of_the_size_that_was_predicted() {
    const auto made = measured({"export", in("checkpoint.safetensors"), "--plan", in("seed.plan.json"), "-o",
                                in("seed.safetensors"), "--json"});
    QCOMPARE(made.json()["predicted_bytes"].toInteger(), QFileInfo(in("seed.safetensors")).size());
    QCOMPARE(QFileInfo(in("seed.safetensors")).size() / 1'000'000, 695);
  }

  void verify() {
    const auto verified = measured({"verify", in("seed.safetensors"), "--json"});
    QVERIFY(verified.json()["passed"].toBool());
    QCOMPARE(verified.json()["checks"].toArray().size(), 2);  // every tensor, and a synthesis
  }

 private:
  QString in(const char* name) const { return here(folder_, name); }

  /// Runs octet, looking at the most memory it has held while it runs (synth starts the count again at each
  /// stage).
  static Outcome measured(const QStringList& arguments) {
    constexpr qint64 kMost = 8'000'000'000;
    QElapsedTimer timer;
    timer.start();
    QProcess process;
    process.setProcessEnvironment(plain_environment());
    process.start(OCTET_BINARY, arguments);
    qint64 peak = 0;
    while (!process.waitForFinished(10) && process.state() == QProcess::Running)
      peak = std::max(peak, peak_of(process.processId()));
    const Outcome outcome{process.exitCode(), process.readAllStandardOutput(),
                          process.readAllStandardError()};
    if (process.exitStatus() != QProcess::NormalExit || outcome.code != 0)
      QTest::qFail(outcome.err, __FILE__, __LINE__);
    qInfo("%s: %.1f s, %.2f GB", qPrintable(arguments.first()), static_cast<double>(timer.elapsed()) / 1e3,
          static_cast<double>(peak) / 1e9);
    if (peak == 0 || peak > kMost)
      QTest::qFail("it held more than 8 GB, or was not looked at", __FILE__, __LINE__);
    return outcome;
  }

  static qint64 peak_of(qint64 process) {
    for (const auto& line : content(QString("/proc/%1/status").arg(process)).split('\n'))
      if (line.startsWith("VmHWM:")) return line.mid(6).chopped(3).trimmed().toLongLong() * 1024;
    return 0;
  }

  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestFullSize)
#include "test_full_size.moc"
