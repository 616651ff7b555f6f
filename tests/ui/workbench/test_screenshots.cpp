// octet-workbench --screenshot: pictures of every panel, named and sized as docs/cli.md says.

#include <QDir>
#include <QFileInfo>
#include <QImageReader>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

class ScreenshotsTest : public QObject {
  Q_OBJECT

 private:
  static QString program() { return QFileInfo(OCTET_BINARY).dir().filePath("octet-workbench"); }

 private Q_SLOTS:
  /// As in the command line (tests/cli/test_waiting_threads.cpp).
  void waiting_threads_spin_for_a_moment_only() {
    auto environment = QProcessEnvironment::systemEnvironment();
    for (const auto* name : {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"}) environment.remove(name);
    environment.insert("OMP_DISPLAY_ENV", "VERBOSE");
    QProcess process;
    process.setProcessEnvironment(environment);
    process.start(program(), {"--version"});
    QVERIFY(process.waitForFinished(60'000));
    const auto said = process.readAllStandardError();
    QVERIFY2(said.contains("GOMP_SPINCOUNT = '10000'"), said);
  }

  void every_panel_is_pictured_at_two_sizes_light_and_dark() {
    QTemporaryDir folder;
    const QString place = folder.filePath("made/pictures");
    QProcess process;
    process.start(program(), {"--screenshot", place});
    QVERIFY(process.waitForFinished(840'000));
    QVERIFY2(process.exitCode() == 0, process.readAllStandardError().constData());

    static const QRegularExpression name("^([a-z-]+)-(\\d+)x(\\d+)-(light|dark)\\.png$");
    QMap<QString, QSet<QString>> looks;
    for (const auto& file : QDir(place).entryList(QDir::Files)) {
      const auto match = name.match(file);
      QVERIFY2(match.hasMatch(), qPrintable(file));
      const QSize size(match.captured(2).toInt(), match.captured(3).toInt());
      QCOMPARE(QImageReader(QDir(place).filePath(file)).size(), size);
      looks[match.captured(1)] << match.captured(2) + match.captured(4);
    }
    QVERIFY(looks.size() >= 8);
    for (const auto* panel :
         {"workbench", "model-tree", "spectrogram-difference", "damages", "front", "export-verified"})
      for (const auto* look : {"1280light", "1280dark", "1920light", "1920dark"})
        QVERIFY2(looks.value(panel).contains(look), panel);
  }

  void a_folder_that_cannot_be_made_is_told() {
    QTemporaryDir folder;
    QFile file(folder.filePath("file"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QProcess process;
    process.start(program(), {"--screenshot", folder.filePath("file/below")});
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitCode(), 6);
    QVERIFY(process.readAllStandardError().contains("file/below"));
  }

  void a_wrong_option_is_wrong_usage() {
    QProcess process;
    process.start(program(), {"--screenshots"});
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(process.exitCode(), 2);
  }
};

QTEST_MAIN(ScreenshotsTest)
#include "test_screenshots.moc"
