// A program that dies at a random moment of its work, again and again: kill -9, which nothing can answer.
// OCTET_TEST_KILLS: how often; a few when not given.

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <chrono>
#include <random>

#include "tests/random_seed.h"
#include "tests/ui/listen/fake_sound.h"
#include "ui/export/export_dialog.h"
#include "ui/workbench/main_window.h"

using namespace octet;
using namespace octet::ui;

namespace {

/// Where one life after the other does its work.
struct Place {
  QDir folder;

  QString autosave() const { return folder.filePath("autosave"); }
  QString session() const { return folder.filePath("work.octet"); }
  QString exported() const { return folder.filePath("out.safetensors"); }
  QString journal() const { return folder.filePath("journal"); }
};

/// A line that is in the file when this returns, whoever dies then.
void note(const Place& place, const char* what, std::uint64_t number) {
  QFile journal(place.journal());
  if (!journal.open(QIODevice::Append | QIODevice::Unbuffered)) qFatal("no journal");
  journal.write(QByteArray(what) + ' ' + QByteArray::number(qulonglong(number)) + '\n');
}

/// One life: goes on from what the last one left, with one edit after the other, each a number. Some are
/// saved, some exported, all are kept safe. It ends when it is killed.
int live(QApplication& app, const Place& place, unsigned seed) {
  std::mt19937 random(seed);
  MainWindow window(std::make_unique<test::FakeSound>());
  window.show();
  auto& workbench = window.workbench();
  auto& document = window.document();
  document.keepSafe(place.autosave(), std::chrono::milliseconds(1));
  std::uint64_t edit = 0;
  QTimer hand;
  QObject::connect(&document, &DocumentFile::opened, [&] {
    edit = std::max<std::uint64_t>(edit, workbench.settings().seed);
    note(place, "opened", workbench.settings().seed);
    hand.start(5);
  });
  QObject::connect(&document, &DocumentFile::madeSafe, [&] {
    const auto& left = QDir(place.autosave()).entryInfoList({"*.octet"}, QDir::Files, QDir::Time);
    if (!left.isEmpty()) note(place, "safe", read_session(left.front().filePath().toStdString()).seed);
  });
  QObject::connect(&hand, &QTimer::timeout, [&] {
    auto settings = workbench.settings();
    settings.seed = ++edit;
    note(place, "edit", edit);
    workbench.setSettings(settings);
    switch (random() % 40) {
      case 0:
        document.startSaving(place.session(), [&place, saving = edit](bool saved) {
          if (saved) note(place, "saved", saving);
        });
        break;
      case 1:
        if (!window.findChild<ExportDialog*>()) {
          auto* dialog = window.exportPlan();
          dialog->setFile(place.exported());
          QObject::connect(dialog, &ExportDialog::exported, [&] { note(place, "exported", edit); });
          dialog->start();
        }
        break;
      default: break;
    }
  });
  if (!document.recover())
    QFile::exists(place.session()) ? document.openSession(place.session()) : document.openDemo();
  return app.exec();
}

std::uint64_t last(const Place& place, const QByteArray& what) {
  QFile journal(place.journal());
  std::uint64_t number = 0;
  if (!journal.open(QIODevice::ReadOnly)) return number;
  for (const auto& line : journal.readAll().split('\n'))
    if (line.startsWith(what + ' ')) number = line.mid(what.size() + 1).toULongLong();
  return number;
}

/// Of what the next life goes on from: the newest copy, or without one the session's file.
std::uint64_t left_behind(const Place& place) {
  JobRunner writer;
  Autosave next(
      writer, place.autosave(), [] { return std::nullopt; }, std::chrono::milliseconds(0));
  if (const auto left = next.left())
    return read_session(QDir(place.autosave())
                            .entryInfoList({"*.octet"}, QDir::Files, QDir::Time)
                            .front()
                            .filePath()
                            .toStdString())
        .seed;
  return QFile::exists(place.session()) ? read_session(place.session().toStdString()).seed : 0;
}

}  // namespace

class KilledTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenever_it_dies_nothing_safe_is_lost_and_nothing_older_comes_back() {
    const auto seed = test::random_seed();
    std::mt19937 random(static_cast<unsigned>(seed));
    const int kills =
        qEnvironmentVariableIsSet("OCTET_TEST_KILLS") ? qEnvironmentVariableIntValue("OCTET_TEST_KILLS") : 4;
    const QTemporaryDir folder;
    const Place place{QDir(folder.path())};
    int saved = 0, safe = 0;
    for (int kill = 0; kill < kills; ++kill) {
      const auto edits = last(place, "edit");
      QProcess life;
      life.setProcessChannelMode(QProcess::ForwardedErrorChannel);
      life.start(QCoreApplication::applicationFilePath(),
                 {"--live", folder.path(), QString::number(random())});
      // At any moment of some seconds: of each second life from its birth, so that what was left is being
      // read, of the others from the first edits on.
      if (kill % 2 == 0) QTRY_VERIFY_WITH_TIMEOUT(last(place, "edit") > edits, 120000);
      const auto moment = static_cast<int>(random() % 2500);
      QVERIFY(!life.waitForFinished(moment));
      life.kill();
      QVERIFY(life.waitForFinished(20000));

      const auto left = left_behind(place);
      const auto told = [&] {
        return QByteArray("kill ") + QByteArray::number(kill) + ": left " +
               QByteArray::number(qulonglong(left)) + ", safe " +
               QByteArray::number(qulonglong(last(place, "safe"))) + ", saved " +
               QByteArray::number(qulonglong(last(place, "saved")));
      };
      QVERIFY2(left >= last(place, "safe"), told());
      QVERIFY2(left >= last(place, "saved"), told());
      QVERIFY2(left <= last(place, "edit"), told());
      // Each file is whole, or not there.
      if (last(place, "saved") > 0)
        QVERIFY2(read_session(place.session().toStdString()).seed >= last(place, "saved"), told());
      if (QFile::exists(place.exported()))
        QVERIFY(!Checkpoint::open(place.exported().toStdString())->layers().empty());
      saved += last(place, "saved") > 0 ? 1 : 0;
      safe += last(place, "safe") > 0 ? 1 : 0;
    }
    qInfo("%d kills: %d with work saved, %d with a safety copy, %llu edits", kills, saved, safe,
          qulonglong(last(place, "edit")));
  }
};

int main(int argc, char** argv) {
  QStandardPaths::setTestModeEnabled(true);
  QCoreApplication::setOrganizationName("octet-test");
  QApplication app(argc, argv);
  const auto arguments = QCoreApplication::arguments();
  if (arguments.value(1) == "--live") return live(app, {QDir(arguments.at(2))}, arguments.at(3).toUInt());
  KilledTest test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_killed.moc"
