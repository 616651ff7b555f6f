// What a document is made of: files, told apart by what they are, and called by names of their own.

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include "core/synthesis/tensor_inputs.h"
#include "tests/ui/document/demo_document.h"
#include "ui/document/document.h"
#include "ui/document/file_kind.h"

using namespace octet;
using namespace octet::ui;
using octet::test::session_of_the_demo;

class DocumentTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  QString place(const QString& name) const { return folder_.filePath(name); }

 private Q_SLOTS:
  // As sessions were saved before: the first keeps its name, so that its runs are found.
  void clips_and_voices_that_a_session_calls_alike_are_told_apart() {
    auto session = session_of_the_demo();
    for (const auto* path : {"/nowhere/a/001.wav", "/nowhere/b/001.wav", "/elsewhere/b/001.wav"}) {
      session.clips.push_back({"001", path});
      session.voices.push_back({"001", path});
    }
    const auto document = document_of(session, "mine.octet");
    const QStringList names{"001", "001 (b)", "001 (b) 2"};
    for (std::size_t i = 0; i < 3; ++i) {
      QCOMPARE(document.clips.at(i).name, names[qsizetype(i)]);
      QCOMPARE(document.voices.at(i + 1).name, names[qsizetype(i)]);  // after the clip's own
    }
  }

  void files_are_told_apart_by_their_names_and_what_they_hold() {
    const auto tokens = place("line.safetensors").toStdString();
    write_tensors(tokens, {{"speech_tokens", {{1, 4}, std::vector<std::int64_t>{1, 2, 3, 4}}}});
    QVERIFY(!kind_by_name(tokens));
    QVERIFY(kind_of(tokens) == FileKind::clip);
    QVERIFY(kind_of(test::demo_path()) == FileKind::checkpoint);
    const QDir voices(OCTET_SOURCE_DIR "/resources/demo_voice/conds");
    const auto voice = voices.filePath(voices.entryList({"*.safetensors"}).front());
    QVERIFY(kind_of(voice.toStdString()) == FileKind::voice);
    QVERIFY(kind_of(place("missing.pt").toStdString()) == FileKind::checkpoint);  // which says so
    // None of these is there.
    QVERIFY(kind_by_name("work.octet") == FileKind::session);
    QVERIFY(kind_by_name("mine.PLAN.JSON") == FileKind::plan);
    const auto write = [this](const QString& name, const QByteArray& text) {
      QFile file(place(name));
      if (!file.open(QIODevice::WriteOnly)) qFatal("cannot write a file");
      file.write(text);
      return place(name).toStdString();
    };
    QVERIFY(kind_of(write("tokens.json", "[1, 2, 3]")) == FileKind::clip);
    QVERIFY(kind_of(write("other.json", "{\"format\": \"octet-plan\"}")) == FileKind::plan);
    // Saved by a program that added no ending.
    write_session(session_of_the_demo(), place("work").toStdString());
    QVERIFY(!kind_by_name("work"));
    QVERIFY(kind_of(place("work").toStdString()) == FileKind::session);
    write_session(session_of_the_demo(), place("work.json").toStdString());
    QVERIFY(kind_of(place("work.json").toStdString()) == FileKind::session);
    QVERIFY(kind_of(write("plan", "{\"format\": \"octet-plan\"}")) == FileKind::plan);
    QVERIFY(kind_of(write("weights", "PK")) == FileKind::checkpoint);
    for (const auto* name : {"clip.Flac", "clip.npy", "clip.txt"})
      QVERIFY(kind_by_name(name) == FileKind::clip);
    for (const auto* name : {"clip.NPY", "clip.json", "voice.pt"}) QVERIFY(holds_tensors(name));
    QVERIFY(!holds_tensors("clip.Flac"));
    QVERIFY(kind_by_name("model.onnx") == FileKind::checkpoint);  // which says what it is
  }
};

QTEST_MAIN(DocumentTest)
#include "test_document.moc"
