#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "core/resources.h"
#include "core/sets/reference_set.h"
#include "ui/document/transcript.h"

using namespace octet;
using namespace octet::ui;

class TranscriptTest : public QObject {
  Q_OBJECT

  static void put(const QString& path, const QByteArray& content) {
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size()) qFatal("cannot write");
  }

 private Q_SLOTS:
  void every_clip_of_the_demo_says_what_should_be_heard() {
    int clips = 0;
    for (const auto& entry : std::filesystem::directory_iterator(demo_voice_folder() / "clips")) {
      if (entry.path().extension() == ".json") continue;
      ++clips;
      QVERIFY2(!transcript_of(entry.path()).text.isEmpty(), entry.path().c_str());
    }
    QCOMPARE(clips, 22);
    const auto first = transcript_of(demo_voice_folder() / "clips/ref00_en_f_nora.wav");
    QVERIFY2(first.text.startsWith("Welcome to the listening room."), qPrintable(first.text));
    QCOMPARE(first.tags, QString("en, plain"));
    QCOMPARE(first.seconds, 5.32);
  }

  void a_text_file_beside_a_sound_is_what_it_says() {
    const QTemporaryDir folder;
    const auto sound = std::filesystem::path(folder.filePath("mine.wav").toStdString());
    QVERIFY(transcript_of(sound).text.isEmpty());
    put(folder.filePath("mine.txt"), "Guten\n Tag, Käthe.\n");
    QCOMPARE(transcript_of(sound).text, QString("Guten Tag, Käthe."));
    QVERIFY(transcript_of(folder.filePath("mine.txt").toStdString()).text.isEmpty());  // tokens, not words
    put(folder.filePath("clips.json"), "{\"mine\": 3, broken");
    QCOMPARE(transcript_of(sound).text, QString("Guten Tag, Käthe."));
  }

  void a_set_says_how_long_its_clips_are_and_what_of() {
    const QTemporaryDir folder;
    const std::filesystem::path sound = folder.filePath("mine.wav").toStdString();
    const SetClip clip{.file = "mine.wav",
                       .sha256 = std::string(64, 'a'),
                       .seconds = 2.5,
                       .speaker = "nora",
                       .language = "de",
                       .text = "Guten  Tag.",
                       .licence = {},
                       .made_from = {},
                       .tags = {"quiet", "fast"}};
    put(folder.filePath("set.json"), QByteArray::fromStdString(format_set({"mine", {clip}})));
    const auto said = transcript_of(sound);
    QCOMPARE(said.text, QString("Guten Tag."));
    QCOMPARE(said.tags, QString("de, quiet, fast"));
    QCOMPARE(said.seconds, 2.5);
    QCOMPARE(transcript_of(folder.filePath("other.wav").toStdString()).seconds, 0.0);
    Transcripts all;
    QCOMPARE(all.of(sound).seconds, 2.5);
    put(folder.filePath("set.json"), "{broken");
    QCOMPARE(all.of(sound).seconds, 2.5);  // lists are read once
    put(folder.filePath("mine.txt"), "Hallo.");
    QCOMPARE(transcript_of(sound).text, QString("Hallo."));
  }
};

QTEST_GUILESS_MAIN(TranscriptTest)
#include "test_transcript.moc"
