// Where files go that a person is asked about: what is written can be opened again by its name.

#include <QApplication>
#include <QDir>
#include <QFileDialog>
#include <QLineEdit>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include "tests/ui/workbench/answer.h"
#include "ui/theme/path_row.h"

using namespace octet::ui;
using octet::test::Answer;

namespace {

const QString kSounds = QStringLiteral("WAV, 32-bit float (*.wav);;FLAC, 24 bit (*.flac)");

/// Types a name in the dialog, chooses the filter of this number, and accepts.
QString answered(const QString& name, const QString& filters, int filter = 0) {
  QTimer hand;
  bool typed = false;
  QObject::connect(&hand, &QTimer::timeout, [&] {
    auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
    if (!dialog) return;
    if (typed) return dialog->reject();  // asked again
    typed = true;
    dialog->selectNameFilter(dialog->nameFilters().at(filter));
    dialog->findChild<QLineEdit*>("fileNameEdit")->setText(name);
    QMetaObject::invokeMethod(dialog, "accept");
  });
  hand.start(1);
  return asked_for_file(nullptr, "Save", name + "-proposed", filters);
}

}  // namespace

class AskedForFileTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  QString place(const QString& name) const { return folder_.filePath(name); }

 private Q_SLOTS:
  void a_name_gets_the_ending_of_the_filter_that_is_chosen() {
    QCOMPARE(answered(place("work"), "Sessions (*.octet)"), place("work.octet"));
    QCOMPARE(answered(place("take 0.5"), "Sessions (*.octet)"), place("take 0.5.octet"));
    QCOMPARE(answered(place("mine"), "Plans (*.plan.json)"), place("mine.plan.json"));
    QCOMPARE(answered(place("b"), kSounds, 0), place("b.wav"));
    QCOMPARE(answered(place("b"), kSounds, 1), place("b.flac"));
    QCOMPARE(answered(place("b"), "All files (*)"), place("b"));
  }

  void an_ending_that_is_there_stays() {
    QCOMPARE(answered(place("b.FLAC"), kSounds, 0), place("b.FLAC"));
    QCOMPARE(answered(place("work.octet"), "Sessions (*.octet)"), place("work.octet"));
    QCOMPARE(answered(place("mine.json"), "Plans (*.plan.json)"), place("mine.json"));
  }

  // Of the name that the file will have, not the one that was typed.
  void a_file_that_is_there_is_asked_about() {
    QFile there(place("there.octet"));
    QVERIFY(there.open(QIODevice::WriteOnly));
    {
      const Answer no(QMessageBox::No);
      QCOMPARE(answered(place("there"), "Sessions (*.octet)"), QString());
      QCOMPARE(no.asked(), 1);
    }
    const Answer yes(QMessageBox::Yes);
    QCOMPARE(answered(place("there"), "Sessions (*.octet)"), place("there.octet"));
    QCOMPARE(yes.asked(), 1);
  }
};

QTEST_MAIN(AskedForFileTest)
#include "test_asked_for_file.moc"
