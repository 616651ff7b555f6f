// How OpenMP's waiting threads behave is chosen before the runtime reads it, by whoever started the program.

#include <QProcessEnvironment>
#include <QtTest>

#include "tests/cli/octet_process.h"

using namespace octet::test;

namespace {

using Variables = QList<QPair<QString, QString>>;

/// What the runtime inside of LibTorch says it uses while it is loaded, and what the program says itself.
Outcome run_with(const QStringList& arguments, const Variables& variables) {
  auto environment = plain_environment();
  for (const auto* name : {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}) environment.remove(name);
  environment.insert("OMP_DISPLAY_ENV", "VERBOSE");
  for (const auto& [name, value] : variables) environment.insert(name, value);
  return run_program(OCTET_BINARY, arguments, environment);
}

}  // namespace

class TestWaitingThreads : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void they_spin_as_long_as_was_chosen_data() {
    QTest::addColumn<Variables>("variables");
    QTest::addColumn<QByteArray>("shown");
    QTest::newRow("by the program") << Variables{} << QByteArray("GOMP_SPINCOUNT = '10000'");
    QTest::newRow("by a count") << Variables{{"GOMP_SPINCOUNT", "77"}} << QByteArray("GOMP_SPINCOUNT = '77'");
    QTest::newRow("by a policy") << Variables{{"OMP_WAIT_POLICY", "passive"}}
                                 << QByteArray("GOMP_SPINCOUNT = '0'");
    QTest::newRow("by an active policy")
        << Variables{{"OMP_WAIT_POLICY", "active"}} << QByteArray("GOMP_SPINCOUNT = '30000000000'");
  }
  void they_spin_as_long_as_was_chosen() {
    QFETCH(Variables, variables);
    QFETCH(QByteArray, shown);
    const auto ran = run_with({"--version"}, variables);
    QCOMPARE(ran.code, 0);
    QVERIFY2(ran.err.contains(shown), ran.err);
    QCOMPARE(ran.err.count("GOMP_SPINCOUNT"), 1);  // the runtime was loaded once
  }

  void arguments_and_exit_codes_are_kept() {
    const auto ran = run_with({"synth", "two words", "--no such option"}, {});
    QCOMPARE(ran.code, 2);
    QVERIFY2(ran.err.contains("--no such option"), ran.err);
  }

  /// Names in `ps` and what signals find are as before.
  void the_process_is_the_one_that_was_started() {
    QProcess process;
    auto environment = plain_environment();
    for (const auto* name : {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}) environment.remove(name);
    process.setProcessEnvironment(environment);
    process.start(OCTET_BINARY, {"bench", "--rounds", "1000"});
    QVERIFY(process.waitForStarted());
    const auto about = QString("/proc/%1/").arg(process.processId());
    QTRY_VERIFY_WITH_TIMEOUT(content(about + "environ").contains("GOMP_SPINCOUNT=10000"), 60'000);
    QCOMPARE(content(about + "comm").trimmed(), QByteArray("octet"));
    process.kill();
    QVERIFY(process.waitForFinished(-1));
  }
};

QTEST_GUILESS_MAIN(TestWaitingThreads)
#include "test_waiting_threads.moc"
