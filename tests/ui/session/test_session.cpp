#include <QFile>
#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "core/resources.h"
#include "ui/session/recent_files.h"
#include "ui/session/session.h"

using namespace octet;
using namespace octet::ui;
namespace fs = std::filesystem;

namespace {

void write_text(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

BlindTest blind_test() {
  return {.clip = "hello",
          .a = {.run = "A", .plan = "fp32", .recipes = "00"},
          .b = {.run = "B", .plan = "seed", .recipes = "01"},
          .seed = 5,
          .trials = 3,
          .answers = {BlindTest::Sound::a, BlindTest::Sound::b}};
}

Session session_in(const fs::path& folder) {
  Session session;
  session.checkpoint = folder / "models" / "voice.safetensors";
  session.checkpoint_sha256 = std::string(64, 'a');
  session.calibration = folder / "voices.calibration";
  session.plans = {{"A", preset("all-base", Precision::fp32, false)},
                   {"B", preset("seed", Precision::bf16, false)}};
  session.plans[1].plan.layers["mel2wav.conv_pre"] = {
      .precision = Precision::int8, .force = true, .reason = "heard"};
  session.current_slot = "B";
  session.clips = {{"hello", folder / "hello.wav"}, {"elsewhere", "/elsewhere/clip.flac"}};
  session.current_clip = "hello";
  session.voices = {{"alpha", folder / "alpha.safetensors"}};
  session.current_voice = "alpha";
  session.runs = {{"A", "hello", "alpha", 10, 18446744073709551615u}, {"B", "tokens", "", 0, 0}};
  session.steps = 7;
  session.seed = 42;
  session.device = "cuda:1";
  session.threads = 2;
  session.geometry = QByteArray("\x00\xff geometry", 11);
  session.state = "state";
  session.listening_tests = {{{"kind", "ABX"}, {"trials", {1, 0, 1}}, {"p", 0.03125}},
                             nlohmann::json::parse(to_json(blind_test(), "abc"))};
  return session;
}

/// What reading says against this text.
QString complaint(const fs::path& path, const std::string& text) {
  write_text(path, text);
  try {
    read_session(path);
  } catch (const Error& error) {
    return error.kind() == ErrorKind::input ? error.what() : "another kind";
  }
  return "none";
}

const std::string kHead = "{\"format\": \"octet-session\", \"version\": 1";

}  // namespace

class TestSession : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { QVERIFY(folder_.isValid()); }

  void what_is_written_is_read() {
    const auto file = place("round.octet");
    const auto session = session_in(file.parent_path());
    write_session(session, file);
    QVERIFY(read_session(file) == session);
    write_session(Session(), file);
    QVERIFY(read_session(file) == Session());
  }

  void the_same_session_gives_the_same_text() {
    const auto file = place("same.octet");
    write_session(session_in(file.parent_path()), file);
    const auto first = text_of(file);
    write_session(read_session(file), file);
    QCOMPARE(text_of(file), first);
  }

  void relative_paths_survive_moving_the_folder() {
    const auto before = place("before");
    auto session = session_in(before);
    write_text(before / "hello.wav", "sound");
    write_session(session, before / "work.octet");
    QVERIFY(text_of(before / "work.octet").find(before.string()) == std::string::npos);
    fs::rename(before, place("after"));
    const auto moved = read_session(place("after") / "work.octet");
    QCOMPARE(moved.clips[0].path, place("after") / "hello.wav");
    QVERIFY(fs::exists(moved.clips[0].path));
    QCOMPARE(moved.checkpoint, place("after") / "models" / "voice.safetensors");
    QCOMPARE(moved.clips[1].path, fs::path("/elsewhere/clip.flac"));
  }

  // "work2" begins like "work", but is not below it; names may begin with dots.
  void only_files_below_the_session_are_relative() {
    const auto folder = place("work");
    Session session;
    session.clips = {{"a", place("work2") / "a.wav"}, {"b", folder / "..b" / "b.wav"}};
    fs::create_directories(folder);
    write_session(session, folder / "one.octet");
    const auto text = text_of(folder / "one.octet");
    QVERIFY(text.find((place("work2") / "a.wav").string()) != std::string::npos);
    QVERIFY(text.find("\"..b/b.wav\"") != std::string::npos);
    QVERIFY(read_session(folder / "one.octet") == session);
  }

  void the_demo_voice_is_found_wherever_it_is_installed() {
    const auto file = place("demo.octet");
    Session session;
    session.checkpoint = demo_voice_folder() / "s3gen_demo.safetensors";
    write_session(session, file);
    QVERIFY(text_of(file).find("\"demo:s3gen_demo.safetensors\"") != std::string::npos);
    QVERIFY(read_session(file) == session);
    QVERIFY(missing_files(read_session(file)).empty());
  }

  void a_changed_checkpoint_is_told() {
    const auto session = session_in(place("x"));
    QCOMPARE(changed_checkpoint(session, std::string(64, 'a')), std::string());
    const auto told = QString::fromStdString(changed_checkpoint(session, std::string(64, 'b')));
    QVERIFY2(
        told.contains("voice.safetensors") && told.contains("bbbbbbbbbbbb") && told.contains("aaaaaaaaaaaa"),
        qPrintable(told));
    QCOMPARE(changed_checkpoint(Session(), std::string(64, 'b')), std::string());
  }

  void missing_files_are_listed_once() {
    const auto folder = place("missing");
    auto session = session_in(folder);
    session.voices[0].path = session.clips[0].path;
    session.voices.push_back({"gone", folder / "gone.safetensors"});
    write_text(session.checkpoint, "here");
    const std::vector<fs::path> expected{folder / "voices.calibration", folder / "hello.wav",
                                         "/elsewhere/clip.flac", folder / "gone.safetensors"};
    QVERIFY(missing_files(session) == expected);
  }

  void unknown_keys_are_kept() {
    const auto file = place("newer.octet");
    write_text(file, kHead + R"(, "mood": {"good": [1, 2]},
      "clips": [{"name": "a", "path": "a.wav", "gain": -3}],
      "voices": [{"name": "v", "path": "v.safetensors", "mother": "n"}],
      "plans": [{"slot": "A", "locked": true, "plan": {"format": "octet-plan", "version": 1, "base": "bf16"}}],
      "runs": [{"slot": "A", "clip": "a", "take": 2}]})");
    const auto session = read_session(file);
    QCOMPARE(session.clips[0].name, std::string("a"));
    write_session(session, file);
    const auto written = nlohmann::json::parse(text_of(file));
    QCOMPARE(written["mood"].dump(), std::string(R"({"good":[1,2]})"));
    QCOMPARE(written["clips"][0]["gain"].get<int>(), -3);
    QCOMPARE(written["runs"][0]["take"].get<int>(), 2);
    QCOMPARE(written["voices"][0]["mother"].get<std::string>(), std::string("n"));
    QVERIFY(written["plans"][0]["locked"].get<bool>());
  }

  void the_largest_numbers_that_are_allowed_are_read() {
    const auto file = place("largest.octet");
    write_text(file, kHead + R"(, "steps": 50, "threads": 4096, "runs": [{"steps": 50}]})");
    const auto session = read_session(file);
    QCOMPARE(session.steps, 50);
    QCOMPARE(session.threads, 4096);
    QCOMPARE(session.runs.at(0).steps, 50);
    QVERIFY(complaint(file, kHead + ", \"threads\": 4097}").contains("4096"));
    QVERIFY(complaint(file, kHead + ", \"steps\": 51}").contains("50"));
  }

  void a_blind_test_that_was_changed_is_named_with_its_line() {
    auto test = nlohmann::json::parse(to_json(blind_test(), "abc"));
    test["trials"] = 1;
    const auto told =
        complaint(place("changed.octet"), kHead + ",\n \"listening_tests\": [\n" + test.dump() + "]}");
    QVERIFY2(told.contains("line 3") && told.contains("2 answers of 1 trials"), qPrintable(told));
  }

  void what_is_wrong_is_named_with_its_line_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("words");
    const QString head = QString::fromStdString(kHead);
    QTest::newRow("empty") << "" << QStringList{"line 1", "JSON"};
    QTest::newRow("not a session") << "{\"format\": \"octet-plan\", \"version\": 1}"
                                   << QStringList{"line 1", "octet-session"};
    QTest::newRow("a list") << "[]" << QStringList{"line 1", "object"};
    QTest::newRow("newer") << "{\"format\": \"octet-session\", \"version\": 2}" << QStringList{"version 2"};
    QTest::newRow("no version") << "{\"format\": \"octet-session\"}" << QStringList{"version 0"};
    QTest::newRow("type") << head + ",\n \"device\": 3}" << QStringList{"line 2", "\"device\"", "text"};
    QTest::newRow("negative") << head + ",\n\n \"seed\": -1}" << QStringList{"line 3", "\"seed\"", "from 0"};
    QTest::newRow("steps") << head + ", \"runs\": [\n {\"steps\": 51}]}"
                           << QStringList{"line 2", "\"steps\"", "50"};
    QTest::newRow("list") << head + ", \"clips\":\n {}}" << QStringList{"\"clips\"", "list"};
    QTest::newRow("clip") << head + ", \"clips\": [\n 1]}" << QStringList{"line 2", "object"};
    QTest::newRow("no plan") << head + ", \"plans\": [\n{\"slot\": \"A\"}]}"
                             << QStringList{"line 2", "\"plan\""};
    QTest::newRow("bad plan")
        << head +
               ", \"plans\": [\n{\"slot\": \"A\", \"plan\": {\"format\": \"octet-plan\", "
               "\"version\": 1, \"base\": \"int7\"}}]}"
        << QStringList{"line 2", "int7"};
    QTest::newRow("twice") << head + ",\n \"seed\": 1, \"seed\": 2}"
                           << QStringList{"line 2", "\"seed\"", "twice"};
  }

  void what_is_wrong_is_named_with_its_line() {
    QFETCH(QString, text);
    QFETCH(QStringList, words);
    const auto file = place("wrong.octet");
    const auto told = complaint(file, text.toStdString());
    QVERIFY2(told.contains(QString::fromStdString(file.string())), qPrintable(told));
    for (const auto& word : words) QVERIFY2(told.contains(word), qPrintable(told));
  }

  void every_truncation_is_an_error() {
    const auto file = place("short.octet");
    const auto text = format_session(session_in(file.parent_path()), file);
    for (std::size_t size = 0; size + 2 < text.size(); size += 7) {
      const auto told = complaint(file, text.substr(0, size));
      QVERIFY2(told.contains("short.octet: line"), qPrintable(told));
    }
  }

  void a_missing_file_is_named() {
    for (const auto& path : {place("nowhere.octet"), fs::path(folder_.path().toStdString())}) {
      try {
        read_session(path);
        QFAIL("read");
      } catch (const Error& error) {
        QCOMPARE(error.kind(), ErrorKind::input);
        QVERIFY2(QString(error.what()).contains(QString::fromStdString(path.string())), error.what());
      }
    }
  }

  // A folder that is not there, as one that may not be written, and what root may not do either.
  void a_place_that_cannot_be_written_is_named_and_keeps_what_it_had() {
    const auto kept = place("kept.octet");
    write_session(session_in("/a"), kept);
    for (const auto& path : {place("nowhere") / "x.octet", fs::path("/proc/x.octet")}) {
      try {
        write_session(Session(), path);
        QFAIL("written");
      } catch (const Error& error) {
        QCOMPARE(error.kind(), ErrorKind::output);
        QVERIFY2(QString(error.what()).contains(QString::fromStdString(path.string())), error.what());
      }
    }
    auto unwritable = session_in("/a");
    unwritable.clips[0].name = "\xff";
    QVERIFY_THROWS_EXCEPTION(Error, write_session(unwritable, kept));
    QVERIFY(read_session(kept) == session_in("/a"));
  }

  void recent_files_come_newest_first_and_nobody_looks_for_them() {
    QSettings settings(QString::fromStdString(place("settings.ini").string()), QSettings::IniFormat);
    RecentFiles recent(settings);
    QVERIFY(recent.files().isEmpty());
    QStringList names;
    for (int i = 0; i < 12; ++i) {
      names << QString::fromStdString(place(QString("f%1").arg(i).toStdString()).string());
      recent.add(names.last());  // there is no such file
    }
    QCOMPARE(recent.files().size(), RecentFiles::kMost);
    QCOMPARE(recent.files().first(), names[11]);
    recent.add(names[5]);
    QCOMPARE(recent.files().first(), names[5]);
    QCOMPARE(recent.files().count(names[5]), 1);
    QCOMPARE(RecentFiles(settings).files(), recent.files());
    recent.clear();
    QVERIFY(recent.files().isEmpty());
  }

 private:
  fs::path place(const std::string& name) const { return fs::path(folder_.path().toStdString()) / name; }

  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestSession)
#include "test_session.moc"
