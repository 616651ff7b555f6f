#include <cmath>

#include "core/audio/sound_file.h"
#include "core/study/damage.h"
#include "tests/cli/octet_process.h"

using namespace octet;
using namespace octet::test;

/// `octet study` on short tones.
class TestStudy : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;

  QString in(const char* name) const { return here(folder_, name); }
  QString clips() const {
    const auto made = in("clips");
    QDir().mkpath(made);
    for (int i = 0; i < 2; ++i) write_tones(QString("%1/%2.wav").arg(made).arg(i), 24000, 1, 0.4 + 0.1 * i);
    return made;
  }
  QStringList sensitivity(const QString& layers, const QStringList& more) const {
    return QStringList{"study",    "sensitivity", kDemoCheckpoint, "--clips", clips(),  "--steps", "2",
                       "--layers", layers,        "--threads",     "1",       "--seed", "3"} +
           more;
  }
  QStringList pairs(const QString& study, const QStringList& more) const {
    return QStringList{"study",
                       "pairs",
                       kDemoCheckpoint,
                       "--sensitivity",
                       study,
                       "--clips",
                       clips(),
                       "--steps",
                       "2",
                       "--threads",
                       "1",
                       "--seed",
                       "3"} +
           more;
  }
  std::vector<float> mel_of(const QString& path) const {
    const auto stages = load(path_of(path));
    const auto& bytes = stages.at("mel").bytes;
    std::vector<float> values(bytes.size() / sizeof(float));
    std::copy_n(bytes.data(), bytes.size(), reinterpret_cast<char*>(values.data()));
    return values;
  }

 private Q_SLOTS:
  /// A person who tries each layer by hand comes to the same figures, to the last digit.
  void figures_are_those_of_octet_synth() {
    const auto file = in("s.json");
    COMPARE_RUN(run_octet(sensitivity("{flow.encoder_proj,mel2wav.conv_pre}", {"-o", file})), 0, "");
    const auto json = QJsonDocument::fromJson(content(file)).object();
    QCOMPARE(json["format"].toString(), "octet-sensitivity");
    QCOMPARE(json["version"].toInt(), 1);
    const auto layers = json["layers"].toArray();
    QCOMPARE(layers.size(), 2);
    const auto base = in("base.json");
    COMPARE_RUN(run_octet({"plan", "new", "--preset", "all-base", "--base", "fp32", "-o", base}), 0, "");
    double damage[2] = {0, 0};
    for (int clip = 0; clip < 2; ++clip) {
      const auto sound = QString("%1/%2.wav").arg(clips()).arg(clip);
      const auto speak = [&](const QString& plan, const QString& name) {
        const auto run = run_octet({"synth", kDemoCheckpoint, "--plan", plan, "--source", sound,
                                    "--reference", sound, "--steps", "2", "--threads", "1", "--seed", "3",
                                    "--dump-stages", name + ".safetensors", "-o", name + ".wav"});
        QVERIFY2(run.code == 0, run.err);
      };
      speak(base, in("a"));
      for (int i = 0; i < 2; ++i) {
        const auto plan = in("one.json");
        QFile::remove(plan);
        QVERIFY(QFile::copy(base, plan));
        COMPARE_RUN(
            run_octet({"plan", "set", plan, layers[i].toObject()["layer"].toString(), "int8", "--force"}), 0,
            "");
        speak(plan, in("b"));
        const auto expected = i == 0
                                  ? relative_error(mel_of(in("a.safetensors")), mel_of(in("b.safetensors")))
                                  : spectral_error(read_sound(path_of(in("a.wav"))).samples,
                                                   read_sound(path_of(in("b.wav"))).samples);
        QCOMPARE(layers[i].toObject()["clips"].toArray()[clip].toDouble(), expected);
        QVERIFY(expected > 0);
        damage[i] += expected / 2;
      }
    }
    for (int i = 0; i < 2; ++i)
      QVERIFY(std::abs(layers[i].toObject()["damage"].toDouble() - damage[i]) < 1e-12 * damage[i]);
  }

  /// A plan of both layers, by hand, comes to what the pair does, to the last digit.
  void figures_of_pairs_are_those_of_octet_synth() {
    const auto study = in("two.json"), file = in("pairs.json");
    COMPARE_RUN(run_octet(sensitivity("flow.{encoder_proj,spk_embed_affine_layer}", {"-o", study})), 0, "");
    COMPARE_RUN(run_octet(pairs(study, {"--dry-run"})), 0, "");
    COMPARE_RUN(run_octet(pairs(study, {"-o", file})), 0, "had been expected");
    const auto json = QJsonDocument::fromJson(content(file)).object();
    QCOMPARE(json["format"].toString(), "octet-pairs");
    QCOMPARE(json["layers"].toArray(), QJsonDocument::fromJson(content(study)).object()["layers"].toArray());
    const auto pair = json["pairs"].toArray().at(0).toObject();

    const auto plan = in("both.json");
    COMPARE_RUN(run_octet({"plan", "new", "--preset", "all-base", "--base", "fp32", "-o", plan}), 0, "");
    const auto said = [&](const char* name, const QString& sound) {
      const auto run = run_octet({"synth", kDemoCheckpoint, "--plan", plan, "--source", sound, "--reference",
                                  sound, "--steps", "2", "--threads", "1", "--seed", "3", "--dump-stages",
                                  in(name), "-o", in("spoken.wav")});
      return run.code == 0 ? mel_of(in(name)) : std::vector<float>();
    };
    const auto sounds = {clips() + "/0.wav", clips() + "/1.wav"};
    std::vector<std::vector<float>> base, both;
    for (const auto& sound : sounds) base.push_back(said("a.safetensors", sound));
    for (const auto& layer : pair["layers"].toArray())
      COMPARE_RUN(run_octet({"plan", "set", plan, layer.toString(), "int8", "--force"}), 0, "");
    for (const auto& sound : sounds) both.push_back(said("b.safetensors", sound));
    for (int clip = 0; clip < 2; ++clip) {
      const auto i = static_cast<std::size_t>(clip);
      QVERIFY(!base[i].empty());
      QCOMPARE(pair["clips"].toArray()[clip].toDouble(), relative_error(base[i], both[i]));
    }
    const auto whole = content(file);
    COMPARE_RUN(run_octet(pairs(study, {"-o", file})), 0, "");
    QCOMPARE(content(file), whole);
  }

  void pairs_that_cannot_be_are_refused() {
    const auto one = in("one-layer.json"), file = in("no-pairs.json");
    COMPARE_RUN(run_octet(sensitivity("flow.encoder_proj", {"-o", one})), 0, "");
    COMPARE_RUN(run_octet(pairs(one, {"-o", file})), 2, "there are no two layers of one kind");
    COMPARE_RUN(run_octet(pairs(one, {"--layers", "mel2wav.*", "-o", file})), 3,
                "no layer that is called mel2wav.*");
    COMPARE_RUN(run_octet(pairs(one, {"--top", "1"})), 2, "--top");
    auto other = content(one);
    other.replace("\"checkpoint_sha256\":\"", "\"checkpoint_sha256\":\"0");
    write_bytes(path_of(in("other.json")), other.toStdString());
    COMPARE_RUN(run_octet(pairs(in("other.json"), {"-o", file})), 2, "is of another checkpoint");
    COMPARE_RUN(run_octet(pairs(one, {"-o", one})), 2, "");
    QVERIFY(!QFile::exists(file));
  }

  /// Ctrl-C in the midst; meanwhile no other process may write there.
  void one_that_was_stopped_goes_on() {
    const auto layers = "mel2wav.resblocks.*";
    COMPARE_RUN(run_octet(sensitivity(layers, {"-o", in("whole.json")})), 0, "");
    QProcess process;
    process.setProcessEnvironment(plain_environment());
    process.start(OCTET_BINARY, sensitivity(layers, {"-o", in("parts.json")}));
    QTRY_VERIFY_WITH_TIMEOUT(content(in("parts.json")).contains("\"layer\":"), 120'000);
    const auto pid = static_cast<pid_t>(process.processId());
    ::kill(pid, SIGSTOP);  // at work, however fast it is
    COMPARE_RUN(run_octet(sensitivity(layers, {"-o", in("parts.json")})), 6, "another process is at work on");
    ::kill(pid, SIGINT);
    ::kill(pid, SIGCONT);
    QVERIFY(process.waitForFinished(120'000));
    if (process.exitCode() != 0) {  // it was not done yet
      QCOMPARE(process.exitCode(), 5);
      QVERIFY(content(in("parts.json")) != content(in("whole.json")));
    }
    COMPARE_RUN(run_octet(sensitivity(layers, {"-o", in("parts.json")})), 0, "");
    QCOMPARE(content(in("parts.json")), content(in("whole.json")));
    QVERIFY(!QFile::exists(in("parts.json.lock")));
  }

  void shards_are_merged_into_the_bytes_of_the_whole() {
    const auto layers = "{flow.encoder_proj,mel2wav.conv_p*,speaker_encoder.xvector.dense.linear}";
    COMPARE_RUN(run_octet(sensitivity(layers, {"-o", in("all.json")})), 0, "");
    for (const auto* part : {"1", "2"})
      COMPARE_RUN(run_octet(sensitivity(layers, {"--shard", QString(part) + "/2", "-o", in(part)})), 0, "");
    COMPARE_RUN(run_octet({"study", "merge", in("2"), in("1"), "-o", in("merged.json")}), 0, "");
    QCOMPARE(content(in("merged.json")), content(in("all.json")));
    COMPARE_RUN(run_octet({"study", "merge", in("1"), "-o", in("no.json")}), 2, "are not the shards");
    COMPARE_RUN(run_octet({"study", "merge", in("1"), in("1"), "-o", in("no.json")}), 2,
                "are not the shards");
    COMPARE_RUN(run_octet({"study", "merge", in("1"), in("all.json"), "-o", in("1")}), 2, "");
    QVERIFY(!QFile::exists(in("no.json")));
  }

  void what_it_would_take_is_said_and_nothing_is_measured() {
    const auto file = in("none.json");
    const auto run = run_octet(sensitivity("flow.encoder_proj", {"--dry-run", "--json", "-o", file}));
    COMPARE_RUN(run, 0, "");
    const auto cost = QJsonDocument::fromJson(run.out).object();
    QCOMPARE(cost["format"].toString(), "octet-sensitivity-cost");
    QCOMPARE(cost["runs"].toObject()["flow"].toInt(), 2);
    QVERIFY(cost["seconds"].toDouble() > 0);
    QVERIFY(!QFile::exists(file));
    // A real one says it first, and then what it took.
    COMPARE_RUN(run_octet(sensitivity("flow.encoder_proj", {"-o", in("told.json")})), 0, "had been expected");
  }

  /// Files of 4 kB at most, where the whole has more: what is there by then stays there, to go on from.
  void a_disk_that_is_full_in_mid_study_loses_nothing() {
    const auto asked = [&](const char* name) {
      return sensitivity("speaker_encoder.xvector.block1.*", {"-o", in(name)});
    };
    COMPARE_RUN(run_octet(asked("large.json")), 0, "");
    QVERIFY(content(in("large.json")).size() > 4096);
    QDir().mkdir(in("full"));
    const auto limited = run_program(
        "sh", QStringList{"-c", "ulimit -f 8; exec \"$@\"", "sh", OCTET_BINARY} + asked("full/s.json"));
    COMPARE_RUN(limited, 6, "full/s.json");
    const auto left = QDir(in("full")).entryList(QDir::Files);
    for (const auto& name : left) QVERIFY2(name == "s.json" || name == "s.json.lock", qPrintable(name));
    COMPARE_RUN(run_octet(asked("full/s.json")), 0, "");
    QCOMPARE(content(in("full/s.json")), content(in("large.json")));
  }

  /// It is another study, and plans are made of it as of what was measured.
  void layers_are_estimated_at_once() {
    const auto file = in("fast.json"), plan = in("fast-plan.json");
    const auto layers = "{flow.encoder_proj,speaker_encoder.xvector.dense.linear,speaker_encoder.head.conv1}";
    COMPARE_RUN(run_octet(sensitivity(layers, {"--fast", "-o", file})), 0, "");
    const auto json = QJsonDocument::fromJson(content(file)).object();
    QVERIFY(json["subject"].toObject()["fast"].toBool());
    const auto entries = json["layers"].toArray();
    QCOMPARE(entries.size(), 3);
    for (const auto& entry : entries)
      QCOMPARE(entry.toObject()["damage"].isNull(), entry.toObject()["kind"].toString() != "mel");
    COMPARE_RUN(run_octet(sensitivity(layers, {"-o", file})), 2, "its fast is another");
    COMPARE_RUN(run_octet(sensitivity(layers, {"--fast", "--dry-run"})), 2, "excludes");
    COMPARE_RUN(run_octet({"study", "auto-plan", kDemoCheckpoint, "--sensitivity", file, "--max-damage", "1",
                           "--clips", clips(), "--steps", "2", "--threads", "1", "-o", plan}),
                0, "(and 1 others) has no damage");
    QVERIFY(content(plan).contains("flow.encoder_proj"));
  }

  void what_is_asked_wrongly_is_refused() {
    for (const auto* device : {"cuda:", "cuda:,1", "cuda:x,1"})
      COMPARE_RUN(run_octet(sensitivity("flow.encoder_proj", {"--device", device})), 2, "unknown device");
    for (const auto* shard : {"0/2", "3/2", "2", "1/2/3", "a/b", "1/0", "01/2"})
      COMPARE_RUN(run_octet(sensitivity("flow.encoder_proj", {"--shard", shard})), 2, "is no shard");
    COMPARE_RUN(run_octet(sensitivity("flow.encoder_proj", {"--precision", "int4"})), 2, "int4");
    COMPARE_RUN(run_octet(sensitivity("flow.encoder_proj", {"--method", "magic"})), 2, "magic");
    COMPARE_RUN(run_octet(sensitivity("nothing.*", {})), 3, "nothing.*");
    write_bytes(path_of(in("mine.json")), "my words");
    COMPARE_RUN(run_octet(sensitivity("flow.encoder_proj", {"-o", in("mine.json")})), 3,
                "is no octet-sensitivity");
    QCOMPARE(content(in("mine.json")), QByteArray("my words"));
  }

  /// Who speaks is what the set says.
  void speakers_of_a_set_are_told_apart() {
    const auto set = clips();
    COMPARE_RUN(run_octet({"set", "new", set, "--speaker", "one"}), 0, "");
    const auto run = run_octet({"study", "risk", "speaker", kDemoCheckpoint, "--set", set, "--threads", "1",
                                "--json", "-o", in("risk.json")});
    QFile::remove(set + "/set.json");
    COMPARE_RUN(run, 0, "");
    const auto json = QJsonDocument::fromJson(content(in("risk.json"))).object();
    QCOMPARE(json["risk"].toString(), "speaker");
    QCOMPARE(json["same_pairs"].toInt(), 1);
    QCOMPARE(json["other_pairs"].toInt(), 0);
    QCOMPARE(run.out.trimmed(), content(in("risk.json")).trimmed());
    for (const auto* risk : {"snake", "pitch"})
      COMPARE_RUN(run_octet({"study", "risk", risk, kDemoCheckpoint, "--set", clips(), "--threads", "1"}), 0,
                  "");
  }
};

QTEST_GUILESS_MAIN(TestStudy)
#include "test_study.moc"
