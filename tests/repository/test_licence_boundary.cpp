// QCustomPlot is GPL-3: only the workbench may link it. Core and the command line stay MIT, and free of Qt.

#include <QCoreApplication>
#include <QFile>
#include <QTest>

namespace {

QByteArray content(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) qFatal("cannot read %s", qPrintable(path));
  return file.readAll();
}

// Names of shared libraries a program needs, and of classes linked into it, stand in it as plain text.
const QByteArray kQt = "libQt6";
const QByteArray kQtObject = "7QObject";  // mangled names in symbols and type information
const QByteArray kQCustomPlotLibrary = "libqcustomplot";
const QByteArray kQCustomPlotClass = "11QCustomPlot";

}  // namespace

class LicenceBoundaryTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // The search itself: this program uses Qt, so it must be seen here.
  void a_program_that_links_qt_is_recognised() {
    const QByteArray itself = content(QCoreApplication::applicationFilePath());
    QVERIFY(itself.contains(kQt));
    QVERIFY(itself.contains(kQtObject));
  }

  void command_line_and_core_link_neither_qt_nor_qcustomplot_data() {
    QTest::addColumn<QString>("path");
    QTest::newRow("octet") << OCTET_BINARY;
    QTest::newRow("octet_core") << OCTET_CORE_LIBRARY;
  }

  void command_line_and_core_link_neither_qt_nor_qcustomplot() {
    QFETCH(QString, path);
    const QByteArray binary = content(path);
    for (const QByteArray& trace : {kQt, kQtObject, kQCustomPlotLibrary, kQCustomPlotClass})
      QVERIFY2(!binary.contains(trace), trace.constData());
  }
};

QTEST_GUILESS_MAIN(LicenceBoundaryTest)
#include "test_licence_boundary.moc"
