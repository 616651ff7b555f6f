#include <QDir>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>
#include <cstdlib>
#include <filesystem>
#include <semaphore>

#include "ui/session/autosave.h"

using namespace octet;
using namespace octet::ui;
using namespace std::chrono_literals;

namespace {

Session session_with(std::uint64_t seed) {
  Session session;
  session.seed = seed;
  return session;
}

/// A clock that goes when it is told to.
struct HandClock {
  std::shared_ptr<std::chrono::milliseconds> now = std::make_shared<std::chrono::milliseconds>(1h);

  Autosave::Clock clock() const {
    return [now = now] { return *now; };
  }
};

/// Of one test: none has a thread yet when its first process is started, which ThreadSanitizer could not
/// follow.
std::unique_ptr<JobRunner> lane;

JobRunner& writer() {
  if (!lane) lane = std::make_unique<JobRunner>();
  return *lane;
}

std::unique_ptr<Autosave> autosave_in(const QString& folder, std::uint64_t seed, const HandClock& hand = {}) {
  auto autosave = std::make_unique<Autosave>(
      writer(), folder,
      [seed] {
        return FiledSession{session_with(seed), "/work.octet"};
      },
      60s);
  autosave->setClock(hand.clock());
  return autosave;
}

/// Saves, as if a minute had passed.
void save(Autosave& autosave) {
  QSignalSpy saved(&autosave, &Autosave::saved);
  autosave.markDirty();
  autosave.tick();
  if (saved.isEmpty() && !saved.wait(10000)) qFatal("nothing was saved");
}

QStringList files_in(const QString& folder) { return QDir(folder).entryList(QDir::Files | QDir::Hidden); }

}  // namespace

class TestAutosave : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void cleanup() { lane.reset(); }

  void it_saves_when_there_are_changes_and_the_time_has_come() {
    const QTemporaryDir folder;
    HandClock hand;
    auto autosave = autosave_in(folder.path(), 1, hand);
    QSignalSpy saved(autosave.get(), &Autosave::saved);
    autosave->tick();
    autosave->markDirty();
    autosave->tick();  // the first change is saved at once
    QVERIFY(saved.wait(10000));
    *hand.now += 59s;
    autosave->markDirty();
    autosave->tick();
    *hand.now += 1s;
    QTest::qWait(0);
    QCOMPARE(saved.count(), 1);
    autosave->tick();
    QVERIFY(saved.wait(10000));
    *hand.now += 1h;
    autosave->tick();  // nothing has changed
    QTest::qWait(0);
    QCOMPARE(saved.count(), 2);
    QVERIFY(read_session(saved[1][0].toString().toStdString()).seed == 1);
  }

  void an_interval_of_0_never_saves() {
    const QTemporaryDir folder;
    auto autosave = autosave_in(folder.path(), 1);
    autosave->setInterval(0ms);
    autosave->markDirty();
    autosave->tick();
    autosave->close();  // waits for what is written
    QVERIFY(files_in(folder.path()).isEmpty());
  }

  void a_clean_exit_leaves_nothing() {
    const QTemporaryDir folder;
    auto autosave = autosave_in(folder.path(), 1);
    save(*autosave);
    QVERIFY(!files_in(folder.path()).isEmpty());
    autosave->close();
    autosave.reset();
    QVERIFY2(files_in(folder.path()).isEmpty(), qPrintable(files_in(folder.path()).join(' ')));
    QVERIFY(!autosave_in(folder.path(), 2)->recover());
  }

  // The program runs itself, saves, and dies without a word.
  void a_crash_is_offered_once() {
    const QTemporaryDir folder;
    QProcess crash;
    crash.start(QCoreApplication::applicationFilePath(), {"--crash", folder.path()});
    QVERIFY(crash.waitForFinished(20000));
    QCOMPARE(crash.exitCode(), 3);

    auto next = autosave_in(folder.path(), 2);
    QVERIFY(next->left().has_value());
    const auto recovered = next->recover();
    QVERIFY(recovered.has_value());
    QVERIFY(recovered->work.session == session_with(77));
    QCOMPARE(recovered->work.file, std::filesystem::path("/work.octet"));
    QVERIFY(recovered->saved.secsTo(QDateTime::currentDateTime()) < 60);
    QVERIFY(!next->recover());
    QVERIFY(!autosave_in(folder.path(), 3)->recover());  // a second program meanwhile
    QSignalSpy saved(next.get(), &Autosave::saved);
    next->takeOver();  // it is not saved anywhere else yet
    QVERIFY(saved.wait(10000));
    QVERIFY(read_session(saved[0][0].toString().toStdString()).seed == 77);
    next->forget();
    next->close();
    next.reset();
    QVERIFY(!autosave_in(folder.path(), 4)->recover());
  }

  // Whatever the next program does meanwhile: opens another document, saves that, and leaves.
  void what_was_not_taken_over_stays_as_it_was() {
    const QTemporaryDir folder;
    save(*autosave_in(folder.path(), 5));
    auto next = autosave_in(folder.path(), 6);
    QVERIFY(next->recover());
    save(*next);
    next->forget();
    next->close();
    next.reset();
    const auto again = autosave_in(folder.path(), 7)->recover();
    QVERIFY(again.has_value());
    QVERIFY(again->work.session == session_with(5));
  }

  // The disk is slow, and the person is not.
  void a_clean_exit_leaves_nothing_of_what_was_taken_over() {
    const QTemporaryDir folder;
    save(*autosave_in(folder.path(), 5));
    auto next = autosave_in(folder.path(), 6);
    std::binary_semaphore go{0};
    writer().run(
        "slow", next.get(), [&](const JobControl&) { return go.acquire(), 0; }, [](int) {});
    QVERIFY(next->recover());
    next->takeOver();
    next->saveBefore({session_with(7), "/mine.octet"});
    next->forget();
    go.release();
    next->close();
    next.reset();
    QVERIFY(!autosave_in(folder.path(), 8)->recover());
  }

  void what_does_not_open_twice_is_set_aside_and_kept() {
    const QTemporaryDir folder;
    save(*autosave_in(folder.path(), 5));
    for (int i = 0; i < 2; ++i) QVERIFY(autosave_in(folder.path(), 6)->recover());  // each time in vain
    auto third = autosave_in(folder.path(), 7);
    QSignalSpy aside(third.get(), &Autosave::setAside);
    QVERIFY(!third->recover());
    QCOMPARE(aside.size(), 1);
    QCOMPARE(read_session(aside[0][0].toString().toStdString()).seed, std::uint64_t(5));
    QVERIFY(!third->left());
  }

  // What was saved before it would be an older state than the session's own file.
  void when_all_was_undone_nothing_is_kept() {
    const QTemporaryDir folder;
    HandClock hand;
    std::optional<FiledSession> work = FiledSession{session_with(1), {}};
    Autosave autosave(
        writer(), folder.path(), [&work] { return work; }, 60s);
    autosave.setClock(hand.clock());
    save(autosave);
    work.reset();
    *hand.now += 1h;
    autosave.markDirty();
    autosave.tick();
    QTRY_VERIFY(QDir(folder.path()).entryList({"*.octet"}, QDir::Files).isEmpty());
  }

  // A crash right after the person's own file was written, before this one's copy was removed.
  void a_copy_is_never_older_than_the_file_that_was_saved() {
    const QTemporaryDir folder;
    auto autosave = autosave_in(folder.path(), 5);
    save(*autosave);
    autosave->saveBefore({session_with(6), "/other.octet"});
    autosave.reset();
    const auto recovered = autosave_in(folder.path(), 7)->recover();
    QVERIFY(recovered.has_value());
    QCOMPARE(recovered->work.session.seed, std::uint64_t(6));
    QCOMPARE(recovered->work.file, std::filesystem::path("/other.octet"));
  }

  // A crash after recovered work was copied, before what it was copied from was removed.
  void work_that_was_taken_over_does_not_come_back() {
    const QTemporaryDir folder;
    auto first = autosave_in(folder.path(), 5);
    QSignalSpy saved(first.get(), &Autosave::saved);
    save(*first);
    const auto left = saved[0][0].toString();
    first.reset();
    QFile::copy(left, left + ".kept");
    auto second = autosave_in(folder.path(), 6);
    QVERIFY(second->recover());
    QSignalSpy taken(second.get(), &Autosave::saved);
    second->takeOver();
    QVERIFY(taken.wait(10000));
    second.reset();
    QVERIFY(QFile::rename(left + ".kept", left));
    auto third = autosave_in(folder.path(), 7);
    QVERIFY(third->recover());
    QCOMPARE(QDir(folder.path()).entryList({"*.octet"}, QDir::Files).size(), 1);
  }

  void of_two_crashes_the_newer_is_offered_first() {
    const QTemporaryDir folder;
    for (const auto seed : {8, 9}) {
      auto crashed = autosave_in(folder.path(), std::uint64_t(seed));
      QSignalSpy saved(crashed.get(), &Autosave::saved);
      save(*crashed);
      // Files saved within one tick of the file system's clock would be of one age.
      QFile file(saved[0][0].toString());
      QVERIFY(file.open(QIODevice::ReadWrite));
      QVERIFY(file.setFileTime(QDateTime::currentDateTime().addSecs(seed * 60 - 3600),
                               QFileDevice::FileModificationTime));
    }
    const auto first = autosave_in(folder.path(), 1)->recover();
    QVERIFY(first.has_value());
    QCOMPARE(first->work.session.seed, std::uint64_t(9));
  }

  // Until its new owner exits cleanly, what was recovered is not lost.
  void a_crash_after_a_crash_loses_nothing() {
    const QTemporaryDir folder;
    auto first = autosave_in(folder.path(), 5);
    save(*first);
    first.reset();  // without close
    auto second = autosave_in(folder.path(), 6);
    QVERIFY(second->recover());
    second.reset();
    const auto recovered = autosave_in(folder.path(), 7)->recover();
    QVERIFY(recovered.has_value());
    QVERIFY(recovered->work.session == session_with(5));
  }

  void a_running_program_is_not_taken_for_a_crash() {
    const QTemporaryDir folder;
    auto running = autosave_in(folder.path(), 1);
    save(*running);
    QVERIFY(!autosave_in(folder.path(), 2)->recover());
  }

  void a_torn_file_is_set_aside() {
    const QTemporaryDir folder;
    QFile torn(folder.filePath("torn.octet"));
    QVERIFY(torn.open(QIODevice::WriteOnly));
    torn.write("{\"format\": \"octet-se");
    torn.close();
    QVERIFY(!autosave_in(folder.path(), 2)->recover());
    QCOMPARE(files_in(folder.filePath("unopened")), QStringList("torn.octet"));
  }

  void saving_the_session_itself_removes_what_was_saved() {
    const QTemporaryDir folder;
    HandClock hand;
    int asked = 0;
    auto autosave = std::make_unique<Autosave>(
        writer(), folder.path(),
        [&] {
          ++asked;
          return FiledSession{session_with(1), {}};
        },
        60s);
    autosave->setClock(hand.clock());
    save(*autosave);
    autosave->markDirty();
    autosave->forget();
    QTRY_VERIFY(QDir(folder.path()).entryList({"*.octet"}, QDir::Files).isEmpty());
    *hand.now += 1h;
    autosave->tick();
    QCOMPARE(asked, 1);  // there was nothing left to save
    autosave.reset();
    QVERIFY(!autosave_in(folder.path(), 2)->recover());
  }

  void a_folder_that_cannot_be_written_is_told_once_and_tried_again() {
    const QTemporaryDir folder;
    QFile in_the_way(folder.filePath("file"));
    QVERIFY(in_the_way.open(QIODevice::WriteOnly));
    HandClock hand;
    int tries = 0;
    Autosave autosave(
        writer(), folder.filePath("file/below"),
        [&] {
          ++tries;
          return FiledSession{session_with(1), {}};
        },
        60s);
    autosave.setClock(hand.clock());
    QSignalSpy failed(&autosave, &Autosave::failed);
    QSignalSpy saved(&autosave, &Autosave::saved);
    const auto an_hour_later = [&] {
      *hand.now += 1h;
      autosave.tick();
    };
    autosave.markDirty();
    autosave.tick();
    QVERIFY(failed.wait(10000));
    QVERIFY2(failed[0][0].toString().contains("file/below"), qPrintable(failed[0][0].toString()));
    // It tries again without a new change, once each failure was heard of.
    QTRY_VERIFY((an_hour_later(), tries == 3));
    QCOMPARE(failed.count(), 1);
    QVERIFY(in_the_way.remove());
    QVERIFY(QDir(folder.path()).mkpath("file/below"));
    QTRY_VERIFY((an_hour_later(), !saved.isEmpty()));
  }
};

int main(int argc, char** argv) {
  QCoreApplication application(argc, argv);
  if (application.arguments().value(1) == "--crash") {
    auto autosave = autosave_in(application.arguments().value(2), 77);
    save(*autosave);
    std::_Exit(3);
  }
  TestAutosave test;
  return QTest::qExec(&test, argc, argv);
}
#include "test_autosave.moc"
