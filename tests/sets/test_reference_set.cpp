// Reference sets: written, read, refused, checked, and what they are made of.

#include <QtTest>
#include <cmath>
#include <fstream>
#include <numbers>

#include "core/audio/sound_file.h"
#include "core/error.h"
#include "core/resources.h"
#include "core/sets/make_set.h"
#include "core/sets/set_balance.h"

using namespace octet;

namespace {

const std::string kHash(64, 'a');

Sound tone(double seconds, float amplitude) {
  Sound sound{24000, 1, std::vector<float>(static_cast<std::size_t>(24000 * seconds))};
  for (std::size_t i = 0; i < sound.samples.size(); ++i)
    sound.samples[i] =
        amplitude * static_cast<float>(std::sin(2 * std::numbers::pi * 220 / 24000 * static_cast<double>(i)));
  return sound;
}

ReferenceSet two_clips() {
  ReferenceSet set{"two", {}};
  set.clips.push_back(
      {"a.wav", kHash, 4.25, "nora", "en", "Hello \"you\" – ja", "MIT", "", {"quiet", "long"}});
  set.clips.push_back({"0001", kHash, 1, "", "", "", "", "a.wav", {}});
  return set;
}

}  // namespace

class TestReferenceSet : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::filesystem::path at(const std::string& name) const {
    return folder_.path().toStdString() + "/" + name;
  }

 private Q_SLOTS:
  void what_is_written_is_read_again() {
    const auto set = two_clips();
    const auto text = format_set(set);
    QCOMPARE(parse_set(text, "set.json"), set);
    QCOMPARE(std::ranges::count(text, '\n'), std::ptrdiff_t(4));  // a line for each clip
    auto latin1 = set;
    latin1.clips[0].file = "caf\xe9.wav";
    QVERIFY_THROWS_EXCEPTION(Error, format_set(latin1));
  }

  void what_is_no_set_is_refused_data() {
    QTest::addColumn<QByteArray>("change");
    QTest::addColumn<QByteArray>("to");
    QTest::addColumn<QByteArray>("said");
    const auto row = [](const char* name, const char* change, const char* to, const char* said) {
      QTest::newRow(name) << QByteArray(change) << QByteArray(to) << QByteArray(said);
    };
    row("another format", "octet-set", "octet-plan", "line 1: not a reference set");
    row("another version", "\"version\": 1", "\"version\": 2", "line 1: \"version\"");
    row("no JSON", "\"clips\": [", "\"clips\": ", "set.json");
    row("no clips", "\"clips\"", "\"klips\"", "unknown key \"klips\"");
    row("a way out of the folder", "a.wav\",\"sha", "../a.wav\",\"sha", "line 3: \"file\": \"../a.wav\"");
    row("an absolute path", "a.wav\",\"sha", "/etc/passwd\",\"sha", "line 3: \"file\"");
    row("the folder itself", "0001", ".", "line 4: \"file\"");
    row("a zero in a name", "0001", "00\\u000001", "line 4: \"file\"");
    row("one file twice", "0001", "a.wav", "line 4: \"file\": a.wav comes twice");
    row("a hash that is short", "aaaa\"", "aaa\"", "line 3: \"sha256\"");
    row("a hash in capitals", "aaaa\"", "aaaA\"", "line 3: \"sha256\"");
    row("no time", "4.25", "0", "line 3: \"seconds\"");
    row("a time in words", "4.25", "\"long\"", "line 3: \"seconds\"");
    row("a tag of nobody's", "\"quiet\"", "\"loud\"", "line 3: \"tags\": \"loud\"");
    row("a tag that is a number", "\"quiet\"", "3", "line 3: \"tags\" must be a text");
    row("a speaker that is a list", "\"nora\"", "[]", "line 3: \"speaker\"");
    row("a key that nobody knows", "\"speaker\"", "\"singer\"", "line 3: unknown key \"singer\"");
  }
  void what_is_no_set_is_refused() {
    QFETCH(QByteArray, change);
    QFETCH(QByteArray, to);
    QFETCH(QByteArray, said);
    auto text = QByteArray::fromStdString(format_set(two_clips()));
    QVERIFY(text.contains(change));
    text.replace(text.indexOf(change), change.size(), to);
    try {
      (void)parse_set(text.toStdString(), "set.json");
      QFAIL("it was read");
    } catch (const Error& error) {
      QVERIFY2(error.kind() == ErrorKind::input && QByteArray(error.what()).startsWith("set.json: ") &&
                   QByteArray(error.what()).contains(said),
               error.what());
    }
  }

  void a_folder_is_described_and_its_variants_are_made() {
    write_wav(at("b.wav"), tone(1, 0.5F));
    write_wav(at("a.wav"), tone(10, 0.5F));
    write_wav(at("c.wav"), tone(1, 0.01F));  // -43 dBFS
    const auto set = describe_folder(at(""), {"mine", "nora", "en", "MIT"});
    QCOMPARE(set.clips.size(), std::size_t(3));
    QCOMPARE(set.clips[0].file, std::string("a.wav"));
    QCOMPARE(set.clips[0].tags, std::vector<std::string>{"long"});
    QCOMPARE(set.clips[1].tags, std::vector<std::string>{});
    QCOMPARE(set.clips[2].tags, std::vector<std::string>{"quiet"});
    QCOMPARE(set.clips[1].seconds, 1.0);
    QCOMPARE(set.clips[1].speaker, std::string("nora"));
    for (const auto& clip : set.clips) check_clip(at(""), clip);

    const auto all = with_variants(at(""), set);
    QCOMPARE(all.clips.size(), std::size_t(3 + 5));  // c is quiet already
    const auto& quiet = all.clips[5];
    QCOMPARE(quiet.file, std::string("b.quiet.wav"));
    QCOMPARE(quiet.made_from, std::string("b.wav"));
    QCOMPARE(quiet.tags, std::vector<std::string>{"quiet"});
    QVERIFY(std::abs(read_sound(at("b.quiet.wav")).samples[1000] -
                     0.1F * read_sound(at("b.wav")).samples[1000]) < 1e-7F);
    QCOMPARE(all.clips[6].seconds, 0.8);
    QCOMPARE(read_sound(at("b.fast.wav")).samples.size(), std::size_t(19200));
    for (const auto& clip : all.clips) check_clip(at(""), clip);
    QCOMPARE(not_described(at(""), set).size(), std::size_t(5));
    // Nothing that is there is written over.
    QVERIFY_THROWS_EXCEPTION(Error, with_variants(at(""), set));

    std::ofstream(at("b.wav"), std::ios::app) << "x";
    try {
      check_clip(at(""), set.clips[1]);
      QFAIL("it is another file");
    } catch (const Error& error) {
      QVERIFY2(QByteArray(error.what()).contains("b.wav is not what"), error.what());
    }
  }

  void a_balance_says_what_is_there_and_what_is_not() {
    const auto balance = balance_of(two_clips());
    QCOMPARE(balance.all.clips, 2);
    QCOMPARE(balance.all.seconds, 5.25);
    QCOMPARE(balance.speakers.size(), std::size_t(2));
    QCOMPARE(balance.speakers[0].what, std::string("nora"));
    QCOMPARE(balance.speakers[1].what, std::string("?"));
    QCOMPARE(balance.tags[0].clips, 1);
    const auto text = QByteArray::fromStdString(to_table(balance));
    QVERIFY2(text.contains("lacks: no clip is fast, none emotional, none whispered\n") &&
                 text.contains("lacks: of 1 of 2 clips no text is known"),
             text);
    auto one = two_clips();
    one.clips.pop_back();
    QVERIFY(
        QByteArray::fromStdString(to_table(balance_of(one))).contains("all clips are of one speaker, nora"));
  }

  /// The bundled set: 22 clips of eight people, as they are.
  void the_demo_is_a_set() {
    const auto folder = demo_voice_folder() / "clips";
    const auto set = read_set(folder);
    QCOMPARE(set.clips.size(), std::size_t(22));
    for (const auto& clip : set.clips) check_clip(folder, clip);
    const auto balance = balance_of(set);
    QCOMPARE(balance.speakers.size(), std::size_t(8));
    QCOMPARE(balance.languages.size(), std::size_t(5));
    QCOMPARE(balance.lacks, std::vector<std::string>{"no clip is whispered, none long"});
    QVERIFY(not_described(folder, set).empty());
  }
};

QTEST_GUILESS_MAIN(TestReferenceSet)
#include "test_reference_set.moc"
