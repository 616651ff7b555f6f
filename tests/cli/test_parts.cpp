#include "tests/cli/octet_process.h"

using namespace octet;
using namespace octet::test;

/// Exports of some components: each command does what it can with them, and says what it lacks.
class TestParts : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    save(path_of(in("tokens")), {{"speech_tokens", ids(some_ids(10))}});
    save(path_of(in("voice")), short_voice());
    write_tones(in("sound.wav"), 16000, 1, 1);
    QVERIFY(QDir(folder_.path()).mkdir("clips"));
    QVERIFY(QFile::copy(in("sound.wav"), in("clips/sound.wav")));
  }

  void every_command_copes_with_every_part_data() {
    QTest::addColumn<QString>("components");
    QTest::addColumn<QString>("lacks");  // of what a synthesis from tokens needs
    QTest::newRow("flow") << "flow"
                          << "mel2wav";
    QTest::newRow("vocoder") << "mel2wav"
                             << "flow";
    QTest::newRow("tokenizer") << "tokenizer"
                               << "flow";
    QTest::newRow("speaker encoder") << "speaker_encoder"
                                     << "flow";
    QTest::newRow("front end") << "tokenizer,speaker_encoder"
                               << "flow";
    QTest::newRow("synthesis") << "flow,mel2wav"
                               << "";
    QTest::newRow("all but the speaker encoder") << "tokenizer,flow,mel2wav"
                                                 << "";
  }
  void every_command_copes_with_every_part() {
    QFETCH(QString, components);
    QFETCH(QString, lacks);
    const auto part = in("part"), again = in("again");
    COMPARE_RUN(
        run_octet({"export", kDemoCheckpoint, "--plan", "seed", "--components", components, "-o", part}), 0,
        "");
    const auto held = components.split(',');

    const auto inspected = run_octet({"inspect", part, "--layers", "--json"});
    COMPARE_RUN(inspected, 0, "");
    QCOMPARE(inspected.json()["components"].toArray().size(), held.size());
    COMPARE_RUN(run_octet({"plan", "show", "seed", part}), 0, "");
    COMPARE_RUN(run_octet({"plan", "diff", "seed", "all-base", part}), 0, "");

    COMPARE_RUN(run_octet({"export", part, "--plan", "seed", "-o", again}), 0, "");
    QCOMPARE(content(again), content(part));
    const auto another = held.contains("flow") ? "mel2wav,nothing" : "flow";
    COMPARE_RUN(run_octet({"export", part, "--plan", "seed", "--components", another, "-o", again}), 3,
                "has no component");
    QCOMPARE(content(again), content(part));

    for (const auto& against : {QStringList{}, QStringList{"--against", kDemoCheckpoint}}) {
      const auto verified = run_octet(QStringList{"verify", part, "--json"} + against);
      COMPARE_RUN(verified, 0, "");
      const auto json = verified.json();
      QCOMPARE(json["components"].toArray().size(), held.size());
      QCOMPARE(json["source_sha256"].toString().size(), 64);
      QCOMPARE(json["not_spoken"].toString().isEmpty(), lacks.isEmpty());
    }

    const QStringList speak{"synth", part, "--steps", "1", "-o", in("o.wav")};
    const auto code = [](bool possible) { return possible ? 0 : 3; };
    const auto says = [&](const QString& missing) {
      return missing.isEmpty() ? QByteArray() : ("part has no " + missing + ", only ").toUtf8();
    };
    COMPARE_RUN(run_octet(speak + QStringList{"--tokens", in("tokens"), "--conds", in("voice")}),
                code(lacks.isEmpty()), says(lacks));
    const auto for_source = lacks.isEmpty() && !held.contains("tokenizer") ? "tokenizer" : lacks;
    COMPARE_RUN(run_octet(speak + QStringList{"--source", in("sound.wav"), "--conds", in("voice")}),
                code(for_source.isEmpty()), says(for_source));
    const auto for_reference = lacks.isEmpty() ? "speaker_encoder" : lacks;
    COMPARE_RUN(run_octet(speak + QStringList{"--tokens", in("tokens"), "--reference", in("sound.wav")}), 3,
                says(for_reference));
    COMPARE_RUN(run_octet({"compare", part, "--plan", "seed", "--plan", "all-base", "--clips", in("clips"),
                           "--steps", "1"}),
                3, "part has no ");
    COMPARE_RUN(run_octet({"bench", part, "--seconds", "0.2", "--rounds", "1", "--steps", "1"}),
                code(lacks.isEmpty()), lacks.isEmpty() ? "" : "part has no ");
  }

 private:
  QString in(const char* name) const { return here(folder_, name); }

  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestParts)
#include "test_parts.moc"
