// Where documents come from and go to: nothing of the person's is lost, whatever happens in between.

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <QUndoStack>
#include <QWidget>

#include "core/audio/sound_file.h"
#include "tests/ui/document/demo_document.h"
#include "tests/ui/jobs/held_lane.h"
#include "tests/ui/workbench/answer.h"
#include "ui/document/document_file.h"
#include "ui/workbench/workbench.h"

using namespace octet;
using namespace octet::ui;
using octet::test::Answer;
using octet::test::leave;
using octet::test::session_of_the_demo;

namespace {

constexpr int kPatience = 240'000;  // ms

#define TRY(condition) QTRY_VERIFY_WITH_TIMEOUT(condition, kPatience)

QString demo() { return QString::fromStdString(test::demo_path().string()); }

/// A workbench and its file, as a window has them.
struct Desk {
  QWidget window;
  Workbench workbench;
  DocumentFile file{workbench, [] { return std::pair(QByteArray("geometry"), QByteArray("state")); }, window};
  QSignalSpy opened{&file, &DocumentFile::opened};
  QStringList problems;

  Desk() {
    const auto note = [this](const QString& message) { problems << message; };
    QObject::connect(&file, &DocumentFile::problem, &window, note);
    QObject::connect(&workbench, &Workbench::problem, &window, note);
  }
  void open(const QString& path) {
    const auto before = opened.size();
    path.endsWith(".octet") ? file.openSession(path) : file.openCheckpoint(path);
    if (!QTest::qWaitFor([&] { return opened.size() > before || !problems.isEmpty(); }, kPatience))
      qFatal("%s does not open", qPrintable(path));
  }
  void edit(Precision precision = Precision::fp32) {
    workbench.editor()->choose({"mel2wav.ups.0"}, {.precision = precision});
  }
};

/// A session of the demo whose plan B names a layer that the demo lacks.
void write_misfit(const QString& path) {
  Session session;
  session.checkpoint = demo().toStdString();
  auto plan = preset("seed", Precision::bf16, false);
  plan.layers["flow.decoder.estimator.mid_blocks.11.1.0.attn1.to_q"] = {.precision = Precision::int8};
  session.plans = {{"A", preset("seed", Precision::bf16, false), {}}, {"B", plan, {}}};
  write_session(session, path.toStdString());
}

QStringList copies_in(const QString& folder) { return QDir(folder).entryList({"*.octet"}, QDir::Files); }

}  // namespace

class DocumentFileTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  QString place(const QString& name) const { return folder_.filePath(name); }

 private Q_SLOTS:
  void a_plan_that_does_not_fit_opens_nothing_and_changes_nothing() {
    Desk desk;
    desk.open(demo());
    desk.edit();
    QVERIFY(desk.file.save(place("mine.octet")));
    const auto before = work_of(desk.workbench.session());
    const auto checkpoint = desk.workbench.checkpoint();
    write_misfit(place("misfit.octet"));
    desk.open(place("misfit.octet"));
    QCOMPARE(desk.problems.size(), 1);
    for (const auto* part : {"misfit.octet", "plan B", "mid_blocks.11.1.0.attn1.to_q"})
      QVERIFY2(desk.problems[0].contains(part), qPrintable(desk.problems[0]));
    QVERIFY(desk.workbench.checkpoint() == checkpoint);
    QVERIFY(work_of(desk.workbench.session()) == before);
    QCOMPARE(desk.file.path(), place("mine.octet"));  // Ctrl+S goes where it went before
    QVERIFY(!desk.file.modified());
  }

  void the_file_is_that_of_the_document_which_is_open() {
    Desk desk;
    desk.open(demo());
    QVERIFY(desk.file.path().isEmpty());
    QVERIFY(desk.file.save(place("first.octet")));
    QCOMPARE(desk.file.path(), place("first.octet"));
    desk.file.openSession(place("missing.octet"));
    TRY(desk.problems.size() == 1);
    QCOMPARE(desk.file.path(), place("first.octet"));
    desk.problems.clear();
    desk.open(demo());  // another checkpoint is no work of first.octet
    QVERIFY(desk.file.path().isEmpty());
    desk.open(place("first.octet"));
    QCOMPARE(desk.file.path(), place("first.octet"));
    QVERIFY(!desk.file.modified());
    QCOMPARE(desk.opened.last()[0].value<Session>().geometry, QByteArray("geometry"));
  }

  void unsaved_work_is_asked_about_and_cancel_keeps_it() {
    Desk desk;
    desk.open(demo());
    QVERIFY(!desk.file.modified());
    desk.edit();
    QVERIFY(desk.file.modified());
    const auto plan = desk.workbench.editor()->plan();
    {
      const Answer cancel(QMessageBox::Cancel);
      desk.file.openCheckpoint(demo());
      QCOMPARE(cancel.asked(), 1);
      QVERIFY(!desk.file.maybeSave());
    }
    QCOMPARE(desk.workbench.lanes().analysis.pending(), 0);
    QVERIFY(desk.workbench.editor()->plan() == plan);
    {
      const Answer discard(QMessageBox::Discard);
      desk.open(demo());
      QCOMPARE(discard.asked(), 1);
    }
    QVERIFY(!(desk.workbench.editor()->plan() == plan));
    QVERIFY(!desk.file.modified());
  }

  void save_saves_where_the_session_is() {
    Desk desk;
    desk.open(demo());
    QVERIFY(desk.file.save(place("saved.octet")));
    desk.edit();
    const auto plan = desk.workbench.editor()->plan();
    const Answer save(QMessageBox::Save);
    desk.open(demo());
    QCOMPARE(save.asked(), 1);
    QVERIFY(read_session(place("saved.octet").toStdString()).plans[1].plan == plan);
    QVERIFY(desk.file.path().isEmpty());
  }

  void a_session_is_not_saved_onto_what_it_names() {
    Desk desk;
    desk.open(demo());
    const auto clip = place("clip.wav");
    write_wav(clip.toStdString(), {24000, 1, std::vector<float>(24000)});
    desk.workbench.addClip(clip.toStdString());
    QFile file(clip);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto before = file.readAll();
    QVERIFY(!desk.file.save(clip));
    QCOMPARE(desk.problems.size(), 1);
    QVERIFY2(desk.problems[0].contains("clip.wav"), qPrintable(desk.problems[0]));
    QVERIFY(file.seek(0));
    QVERIFY(file.readAll() == before);
    QVERIFY(desk.file.path().isEmpty());
  }

  // It is spoken again only when somebody wants to hear it.
  void saving_loses_nothing_of_what_was_opened() {
    auto session = session_of_the_demo();
    session.plans[0].other = UnknownKeys::object();
    session.plans[1].other = {{"remark", "the one to ship"}};
    session.clips = {{"001", place("001.wav").toStdString()}};
    session.runs = {{"A", "001", "", 3, 5}, {"B", "001", "", 4, 6}};
    session.runs[0].other = {{"remark", "heard"}};
    write_session(session, place("spoken.octet").toStdString());
    Desk desk;
    desk.open(place("spoken.octet"));
    QVERIFY(desk.file.save(place("again.octet")));
    const auto again = read_session(place("again.octet").toStdString());
    QVERIFY(again.plans == session.plans);
    QVERIFY(again.runs == session.runs);
  }

  // A disk that is slow: the window goes on, and leaving waits.
  void what_is_being_saved_is_waited_for() {
    Desk desk;
    desk.open(demo());
    desk.edit();
    test::HeldLane held(desk.workbench.lanes().writing);
    QStringList told;
    desk.file.startSaving(place("slow.octet"), [&](bool saved) { told << (saved ? "saved" : "failed"); });
    QVERIFY(told.isEmpty());
    QVERIFY(desk.file.modified());  // it is not safe yet
    QTimer::singleShot(0, [&] { held.let_go(); });
    QVERIFY(desk.file.maybeSave());  // nobody is asked
    QCOMPARE(told, QStringList("saved"));
    QCOMPARE(desk.file.path(), place("slow.octet"));
    QVERIFY(read_session(place("slow.octet").toStdString()).plans[1].plan == desk.workbench.editor()->plan());
  }

  void what_is_changed_while_it_is_saved_is_unsaved() {
    Desk desk;
    desk.open(demo());
    desk.edit();
    test::HeldLane held(desk.workbench.lanes().writing);
    desk.file.startSaving(place("meanwhile.octet"));
    desk.edit(Precision::bf16);
    held.let_go();
    TRY(desk.file.path() == place("meanwhile.octet"));
    QVERIFY(desk.file.modified());
    desk.workbench.editor()->undoStack()->undo();
    QVERIFY(!desk.file.modified());
  }

  // Ctrl+S after a crash would go where saving failed.
  void a_safety_copy_names_no_file_that_was_not_written() {
    const auto copies = place("unwritten");
    Desk desk;
    desk.file.keepSafe(copies, std::chrono::hours(1));
    desk.open(demo());
    desk.edit();
    QVERIFY(!desk.file.save(place("no folder/mine.octet")));
    desk.workbench.lanes().writing.finish();
    QCOMPARE(copies_in(copies).size(), 1);
    const auto copy = read_session(QDir(copies).filePath(copies_in(copies).front()).toStdString());
    QCOMPARE(copy.other.at("autosave_of").get<std::string>(), "");
    QVERIFY(copy.plans[1].plan == desk.workbench.editor()->plan());
  }

  void what_is_undone_is_no_work() {
    Desk desk;
    desk.open(demo());
    desk.edit();
    QVERIFY(desk.file.modified());
    desk.workbench.editor()->undoStack()->undo();
    QVERIFY(!desk.file.modified());
    QVERIFY(desk.file.maybeSave());  // without a question
  }

  // The answer was about what there was then.
  void what_is_changed_while_another_document_loads_is_asked_about() {
    Desk desk;
    desk.open(demo());
    test::HeldLane held(desk.workbench.lanes().analysis);
    desk.file.openCheckpoint(demo());  // nothing to ask about yet
    desk.edit();
    const auto plan = desk.workbench.editor()->plan();
    const Answer cancel(QMessageBox::Cancel);
    held.let_go();
    TRY(desk.workbench.lanes().analysis.pending() == 0 && cancel.asked() == 1);
    QVERIFY(desk.workbench.editor()->plan() == plan);
  }

  void a_safety_copy_is_of_unsaved_work_and_goes_with_it() {
    Desk desk;
    const auto copies = place("copies");
    desk.file.keepSafe(copies, std::chrono::milliseconds(1));
    desk.open(demo());
    desk.edit();
    TRY(copies_in(copies).size() == 1);
    {
      const Answer cancel(QMessageBox::Cancel);
      QVERIFY(!desk.file.maybeSave());
    }
    QCOMPARE(copies_in(copies).size(), 1);  // until it is answered
    QVERIFY(desk.file.save(place("kept.octet")));
    TRY(copies_in(copies).isEmpty());
  }

  void what_a_crash_left_comes_back_and_stays_until_it_is_safe_again() {
    const auto copies = place("left");
    leave(copies, session_of_the_demo());
    Desk desk;
    desk.file.keepSafe(copies, std::chrono::milliseconds(1));
    QVERIFY(desk.file.left().has_value());
    QVERIFY(desk.file.recover());
    QCOMPARE(copies_in(copies), QStringList("left.octet"));  // while it loads
    TRY(desk.opened.size() == 1);
    QVERIFY(desk.file.modified());  // it is saved nowhere
    QCOMPARE(desk.workbench.settings().seed, 77u);
    TRY(copies_in(copies).size() == 1 && copies_in(copies) != QStringList("left.octet"));
    const Answer cancel(QMessageBox::Cancel);
    QVERIFY(!desk.file.maybeSave());  // and it is asked about
    QCOMPARE(cancel.asked(), 1);
  }

  void another_document_leaves_what_a_crash_left_alone() {
    const auto copies = place("alone");
    leave(copies, session_of_the_demo());
    {
      Desk desk;
      desk.file.keepSafe(copies, std::chrono::milliseconds(1));
      desk.open(demo());
      desk.edit();
      TRY(copies_in(copies).size() == 2);  // its own beside it
      const Answer discard(QMessageBox::Discard);
      QVERIFY(desk.file.maybeSave());
      desk.file.close();
    }
    QCOMPARE(copies_in(copies), QStringList("left.octet"));
    QCOMPARE(read_session(QDir(copies).filePath("left.octet").toStdString()).seed, std::uint64_t(77));
  }

  // It was slow to open, and the person went on with something else.
  void what_a_crash_left_stays_when_another_document_opens_first() {
    const auto copies = place("instead");
    leave(copies, session_of_the_demo());
    Desk desk;
    desk.file.keepSafe(copies, std::chrono::milliseconds(1));
    test::HeldLane held(desk.workbench.lanes().analysis);
    QVERIFY(desk.file.recover());
    desk.file.openCheckpoint(demo());
    held.let_go();
    TRY(desk.opened.size() == 1);
    QVERIFY(desk.workbench.settings().seed != 77);
    desk.file.close();  // waits for what is being written
    QCOMPARE(copies_in(copies), QStringList("left.octet"));
  }

  void work_that_was_given_up_for_another_document_has_no_copy() {
    const auto copies = place("given up");
    Desk desk;
    desk.file.keepSafe(copies, std::chrono::milliseconds(1));
    desk.open(demo());
    desk.edit();
    TRY(copies_in(copies).size() == 1);
    const Answer discard(QMessageBox::Discard);
    desk.open(demo());
    QTRY_VERIFY(copies_in(copies).isEmpty());
  }

  // The checkpoint is gone: no empty document takes the copy's place, and no start is in vain for ever.
  void what_does_not_open_is_kept_and_set_aside_the_third_time() {
    const auto copies = place("gone");
    auto session = session_of_the_demo();
    session.checkpoint = place("gone.safetensors").toStdString();
    leave(copies, session);
    for (int start = 0; start < 2; ++start) {
      Desk desk;
      desk.file.keepSafe(copies, std::chrono::milliseconds(1));
      QVERIFY(desk.file.recover());
      TRY(desk.problems.size() == 1);
      QVERIFY(desk.problems[0].contains("gone.safetensors"));
      desk.file.close();
      QCOMPARE(copies_in(copies), QStringList("left.octet"));
    }
    Desk desk;
    desk.file.keepSafe(copies, std::chrono::milliseconds(1));
    QVERIFY(!desk.file.recover());
    QCOMPARE(desk.problems.size(), 1);
    QCOMPARE(copies_in(QDir(copies).filePath("unopened")), QStringList("left.octet"));
  }

  void a_preference_counts_from_the_next_second_on() {
    Desk desk;
    const auto copies = place("late");
    desk.file.keepSafe(copies, std::chrono::milliseconds(0));
    desk.open(demo());
    desk.edit();
    QTest::qWait(0);
    QVERIFY(copies_in(copies).isEmpty());
    desk.file.setInterval(std::chrono::milliseconds(1));
    TRY(copies_in(copies).size() == 1);
  }
};

QTEST_MAIN(DocumentFileTest)
#include "test_document_file.moc"
