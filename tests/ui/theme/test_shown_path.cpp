// Paths as people read them.

#include <QDir>
#include <QTest>

#include "ui/document/document.h"
#include "ui/theme/shown_path.h"

using namespace octet::ui;

class ShownPathTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { qputenv("HOME", "/home/nora"); }

  void what_is_at_home_is_short_and_means_the_same_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("shown");
    QTest::newRow("in it") << "/home/nora/Documents/a b.html"
                           << "~/Documents/a b.html";
    QTest::newRow("itself") << "/home/nora"
                            << "~";
    QTest::newRow("somebody else's") << "/home/nora2/a.html"
                                     << "/home/nora2/a.html";
    QTest::newRow("elsewhere") << "/srv/home/nora/a"
                               << "/srv/home/nora/a";
    QTest::newRow("relative") << "a/~/b"
                              << "a/~/b";
    QTest::newRow("none") << ""
                          << "";
  }

  void what_is_at_home_is_short_and_means_the_same() {
    QFETCH(QString, path);
    QFETCH(QString, shown);
    QCOMPARE(shown_path(path), shown);
    QCOMPARE(full_path(shown), path);
    if (!path.isEmpty()) QCOMPARE(settled(shown.toStdString()), settled(path.toStdString()));
  }

  void nobody_lives_in_the_root() {
    qputenv("HOME", "/");
    QCOMPARE(shown_path("/srv/a"), "/srv/a");
    qputenv("HOME", "/home/nora");
  }
};

QTEST_MAIN(ShownPathTest)
#include "test_shown_path.moc"
