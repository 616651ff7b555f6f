#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/cli/octet_process.h"

using namespace octet;
using namespace octet::test;

/// Outputs are whole or not there.
class TestOutput : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    save(at("tokens"), {{"speech_tokens", ids(some_ids(10))}});
    save(at("many_tokens"), {{"speech_tokens", ids(some_ids(1000))}});
    save(at("voice"), short_voice());
    write_bytes(at("file"), "");
  }

  void init() { QVERIFY(QDir(folder_.path()).mkdir("out")); }
  void cleanup() { QVERIFY(QDir(in("out")).removeRecursively()); }

  void places_that_cannot_be_written_end_with_6_data() {
    QTest::addColumn<QString>("place");
    QTest::newRow("no such folder") << in("nowhere/result");
    QTest::newRow("below a file") << in("file/result");
    QTest::newRow("a folder") << folder_.path();
    QTest::newRow("no place for files") << QString("/proc/result");
  }
  void places_that_cannot_be_written_end_with_6() {
    QFETCH(QString, place);
    const QStringList synth{"synth",     kDemoCheckpoint, "--tokens", in("tokens"), "--conds",
                            in("voice"), "--steps",       "1",        "-o"};
    for (const auto& arguments :
         {QStringList{"export", kDemoCheckpoint, "--plan", "seed", "-o", place}, synth + QStringList{place},
          synth + QStringList{in("out/spoken.wav"), "--dump-stages", place},
          QStringList{"plan", "new", "--preset", "seed", "-o", place}}) {
      COMPARE_RUN(run_octet(arguments), 6, place.toUtf8());
      QCOMPARE(left(), QStringList());
    }
    COMPARE_RUN(run_octet({"demo", "--no-gui", "--out", in("file/demo")}), 6, in("file/demo").toUtf8());
  }

  /// Nobody waits for minutes to hear that the result has no place. No machine's memory holds this synthesis,
  /// so that work, or only the look at what it needs, would end with 4.
  void an_output_without_a_place_is_refused_before_work() {
    save(at("endless_tokens"), {{"speech_tokens", ids(some_ids(1'000'000))}});
    COMPARE_RUN(run_octet({"synth", kDemoCheckpoint, "--tokens", in("endless_tokens"), "--conds", in("voice"),
                           "-o", in("nowhere/long.wav")}),
                6, "create the directory first");
  }

  /// Upstream's numbers for a seed, where they are asked for; the output says whose they were.
  void noise_is_of_the_generator_that_was_asked_for() {
    const auto spoken = [&](const char* name, const QStringList& options) {
      const QStringList synth{
          "synth", kDemoCheckpoint, "--tokens", in("tokens"), "--conds", in("voice"), "--steps",
          "1",     "--seed",        "7",        "--json",     "-o",      in(name)};
      const auto run = run_octet(synth + options);
      const auto out = run.json();
      return std::pair(out["generator"].toString() + out["seed"].toVariant().toString(), content(in(name)));
    };
    const auto counted = spoken("out/a.wav", {}), again = spoken("out/b.wav", {"--threads", "1"}),
               torch = spoken("out/c.wav", {"--torch-noise"});
    QCOMPARE(counted.first, QString("counted7"));
    QCOMPARE(torch.first, QString("torch7"));
    QCOMPARE(again.second.size(), counted.second.size());
    QVERIFY(!counted.second.isEmpty() && torch.second != counted.second);
  }

  void a_read_only_folder_ends_with_6() {
    if (!mounts()) QSKIP("needs to mount a file system: root, or user namespaces");
    const auto run =
        mounted("-o ro", {"export", kDemoCheckpoint, "--plan", "seed", "-o", in("out/e.safetensors")});
    COMPARE_RUN(run, 6, "Read-only file system");
  }

  void a_full_disk_ends_with_6_and_keeps_what_was_there() {
    if (!mounts()) QSKIP("needs to mount a file system: root, or user namespaces");
    const auto run =
        mounted("-o size=2m", {"export", kDemoCheckpoint, "--plan", "seed", "-o", in("out/e.safetensors")},
                "echo previous > " + in("out/e.safetensors"),
                "ls -A " + in("out") + "; cat " + in("out/e.safetensors"));
    COMPARE_RUN(run, 6, "No space left on device");
    QCOMPARE(run.out, QByteArray("e.safetensors\nprevious\n"));
  }

  void a_limit_on_file_sizes_ends_with_6_and_keeps_what_was_there() {
    write_bytes(at("out/e.safetensors"), "previous");
    const auto run = run_program("sh", {"-c", "ulimit -f 1000; exec \"$@\"", "sh", OCTET_BINARY, "export",
                                        kDemoCheckpoint, "--plan", "seed", "-o", in("out/e.safetensors")});
    COMPARE_RUN(run, 6, "File too large");
    QCOMPARE(content(in("out/e.safetensors")), "previous");
    QCOMPARE(left(), QStringList{"e.safetensors"});
  }

  void interrupts_end_a_synthesis_with_5_data() {
    QTest::addColumn<int>("signal_number");
    QTest::newRow("Ctrl-C") << SIGINT;
    QTest::newRow("terminate") << SIGTERM;
  }
  void interrupts_end_a_synthesis_with_5() {
    QFETCH(int, signal_number);
    interrupt({"synth", kDemoCheckpoint, "--tokens", in("many_tokens"), "--conds", in("voice"), "--steps",
               "50", "-o", in("out/spoken.wav")},
              signal_number, [](qint64 process) { return seconds_computed(process) > 2; });
  }

  /// Half a gigabyte is on its way to the disk when the signal comes.
  void interrupts_end_an_export_with_5() {
    write_sparse(at("large"), manifest());
    interrupt({"export", in("large"), "--plan", "all-base", "--components", "tokenizer", "-o",
               in("out/e.safetensors")},
              SIGINT, [](qint64 process) { return bytes_written(process) > 50'000'000; });
    QFile::remove(in("large"));
  }

 private:
  QString in(const char* name) const { return here(folder_, name); }
  std::filesystem::path at(const char* name) const { return path_of(in(name)); }
  QStringList left() const {
    return QDir(in("out")).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
  }

  /// Whether this user can mount in a namespace that ends with the process.
  static bool mounts() {
    return run_program("unshare", namespaces() + QStringList{"mount", "-t", "tmpfs", "none", "/mnt"}).code ==
           0;
  }
  static QStringList namespaces() {
    return ::geteuid() == 0 ? QStringList{"-m"} : QStringList{"-m", "-U", "-r"};
  }

  /// octet with a file system of its own at out/.
  Outcome mounted(const QString& options, const QStringList& arguments, const QString& before = "true",
                  const QString& after = "true") const {
    const auto script = "mount -t tmpfs " + options + " none " + in("out") + " && { " + before +
                        "; } && { \"$@\"; code=$?; " + after + "; exit $code; }";
    return run_program("unshare",
                       namespaces() + QStringList{"sh", "-c", script, "sh", OCTET_BINARY} + arguments);
  }

  static double seconds_computed(qint64 process) {
    const auto fields = content(QString("/proc/%1/stat").arg(process)).split(' ');
    constexpr int kUserTime = 13;
    return fields.size() > kUserTime
               ? fields[kUserTime].toDouble() / static_cast<double>(::sysconf(_SC_CLK_TCK))
               : 0;
  }

  static double seconds_of_ended_programs() {
    rusage used{};
    ::getrusage(RUSAGE_CHILDREN, &used);
    return static_cast<double>(used.ru_utime.tv_sec) + static_cast<double>(used.ru_utime.tv_usec) / 1e6;
  }

  static double bytes_written(qint64 process) {
    for (const auto& line : content(QString("/proc/%1/io").arg(process)).split('\n'))
      if (line.startsWith("wchar: ")) return line.mid(7).toDouble();
    return 0;
  }

  void interrupt(const QStringList& arguments, int signal_number,
                 const std::function<bool(qint64)>& in_the_middle) const {
    const double before = seconds_of_ended_programs();
    QProcess process;
    process.setProcessEnvironment(plain_environment());
    process.start(OCTET_BINARY, arguments);
    QVERIFY(process.waitForStarted());
    QTRY_VERIFY_WITH_TIMEOUT(process.state() == QProcess::NotRunning || in_the_middle(process.processId()),
                             120'000);
    QVERIFY2(process.state() == QProcess::Running, process.readAllStandardError());
    const double until_signal = seconds_computed(process.processId());
    ::kill(static_cast<pid_t>(process.processId()), signal_number);
    QVERIFY(process.waitForFinished(-1));
    // Processor time, whatever else the machine does: of what is left it does one step in fifty, not a
    // minute's work.
    const double after_signal = seconds_of_ended_programs() - before - until_signal;
    QVERIFY2(after_signal < 5, qPrintable(QString("it computed for %1 s more").arg(after_signal)));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 5);
    QVERIFY(process.readAllStandardError().contains("cancelled"));
    QCOMPARE(left(), QStringList());
  }

  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestOutput)
#include "test_output.moc"
