#include "tests/cli/octet_process.h"

using namespace octet;
using namespace octet::test;

/// Utterances that octet_s3gen.capture kept of a running chatterbox, spoken and compared.
class TestCaptured : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    capture("one/0002", 10);
    for (const auto* name : {"many/0002", "many/10000", "many/0010"}) capture(name, 6);
    QVERIFY(QDir(in("many")).mkdir(".unfinished-1-2"));
    write_bytes(path_of(in("many/.unfinished-1-2/capture.json")), "{");
  }

  void one_is_spoken_as_its_files_are() {
    const auto folder = in("one/0002");
    COMPARE_RUN(synth({"--captured", folder, "-o", in("captured.wav")}), 0, "");
    COMPARE_RUN(synth({"--tokens", folder + "/tokens.safetensors", "--conds", folder + "/conds.safetensors",
                       "--noise", folder + "/noise.safetensors", "--steps", "2", "-o", in("given.wav")}),
                0, "");
    QVERIFY(content(in("given.wav")).size() > 9600 * 4);
    QVERIFY(content(in("captured.wav")) == content(in("given.wav")));
    const auto other = synth({"--captured", folder + "/", "--steps", "1", "-o", in("other.wav"), "--json"});
    COMPARE_RUN(other, 0, "");
    QCOMPARE(other.json()["generator"].toString(), "captured");
    QVERIFY(content(in("other.wav")) != content(in("given.wav")));
  }

  void all_of_a_folder_are_spoken_in_their_order() {
    const auto sounds = in("sounds");
    for (int again = 0; again < 2; ++again) {
      const auto run = synth({"--captured", in("many"), "-o", sounds, "--json"});
      COMPARE_RUN(run, 0, "");
      QStringList made;
      for (const auto& said : run.json()["utterances"].toArray()) made << said.toObject()["out"].toString();
      QCOMPARE(made, (QStringList{sounds + "/0002.wav", sounds + "/0010.wav", sounds + "/10000.wav"}));
      for (const auto& path : made) QVERIFY(QFile::exists(path));
    }
  }

  void one_that_cannot_be_spoken_is_left_out_and_named() {
    capture("some/1", 6);
    capture("some/2", 6);
    write_bytes(path_of(in("some/1/tokens.safetensors")), "not tensors");
    const auto run = synth({"--captured", in("some"), "-o", in("some_sounds")});
    COMPARE_RUN(run, 1, "1 of 2 utterances could not be spoken");
    QVERIFY2(run.err.contains("1 is left out: "), run.err);
    QVERIFY(run.out.contains("2.wav: 0.24 s of speech"));
    QCOMPARE(QDir(in("some_sounds")).entryList(QDir::Files), QStringList{"2.wav"});
  }

  void they_are_compared_with_their_own_draws() {
    const auto run = run_octet(
        {"compare", kDemoCheckpoint, "--plan", "all-base", "--plan", "seed", "--clips", in("one"), "--json"});
    COMPARE_RUN(run, 0, "");
    const auto report = run.json();
    QCOMPARE(report["settings"]["steps"].toInt(), 2);
    QCOMPARE(report["clips"].toArray().size(), 1);
    QCOMPARE(report["clips"][0]["name"].toString(), "0002");
    QCOMPARE(report["floor_definitions"][0]["reference"].toString(), "A, the draws that were captured");
    QVERIFY(report["floors"]["A, other noise"]["snr"]["mean"].toDouble() < 60);  // the noise is another
  }

  void methods_of_int8_are_compared_in_one_table() {
    const auto plan = in("int8.plan.json");
    write_bytes(path_of(plan), R"({"format": "octet-plan", "version": 1, "base": "fp32", "layers": {
      "flow.encoder_proj": {"precision": "int8"}, "mel2wav.ups.0": {"precision": "int8"}}})");
    const QStringList asked{"compare", kDemoCheckpoint, "--methods", "--plan", plan,
                            "--clips", in("one"),       "--steps",   "1"};
    const auto run = run_octet(asked + QStringList{"--json"});
    COMPARE_RUN(run, 0, "");
    const auto runs = run.json()["runs"].toArray();
    QMap<QString, QJsonObject> by_name;
    for (const auto& one : runs) by_name[one.toObject()["plan"].toString()] = one.toObject();
    QCOMPARE(by_name.size(), runs.size());
    QCOMPARE(runs[0].toObject()["plan"].toString(), "fp32");
    QVERIFY(runs[0].toObject()["int8_weight_snr"].isNull());
    const auto snr = [&](const char* name) { return by_name[name]["int8_weight_snr"].toDouble(); };
    QVERIFY(snr("weight-only group=32") > snr("weight-only") + 1);      // finer steps lose less
    QVERIFY(snr("dynamic") > 30 && snr("dynamic") == snr("llm-int8"));  // of the same integers
    const auto bytes = [&](const char* name) {
      return by_name[name]["total"].toObject()["bytes"].toInteger();
    };
    QVERIFY(bytes("weight-only") < bytes("dynamic") && bytes("dynamic") < bytes("fp32"));
    const auto text = run_octet(asked);
    COMPARE_RUN(text, 0, "");
    for (const auto* line : {"llm-int8 threshold=infinity ", "floor: A, other noise ", "weight SNR, dB"})
      QVERIFY2(text.out.contains(line), line);
    COMPARE_RUN(run_octet(asked + QStringList{"--plan", "seed"}), 2, "--methods takes one plan");
  }

  void what_is_no_capture_is_refused_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("says");
    const auto described = [this](const QString& name, const QByteArray& description) {
      capture(name, 6);
      write_bytes(path_of(in(name + "/capture.json")), description.toStdString());
      return in(name);
    };
    const auto row = [this](const char* name, const QString& folder, int code, const char* says,
                            const QStringList& other = {}) {
      QTest::newRow(name) << QStringList{"--captured", folder, "-o", in("no.wav")} + other << code
                          << QByteArray(says);
    };
    QVERIFY(QDir().mkpath(in("empty")));
    row("no folder", in("nowhere"), 3, "holds no utterance");
    row("an empty folder", in("empty"), 3, "holds no utterance");
    row("half a description", described("half", "{\"arguments\": ["), 3, "half/capture.json");
    row("no arguments", described("none", "{}"), 3, "capture.json");
    row("another argument", described("other", R"({"arguments": ["--out", "x"]})"), 3,
        "--out is no argument");
    row("a file elsewhere", described("away", R"({"arguments": ["--tokens", "../x"]})"), 3,
        "\"../x\" is no name of a file beside it");
    row("no voice", described("mute", R"({"arguments": ["--tokens", "tokens.safetensors"]})"), 3, "no conds");
    row("no steps",
        described("steps", R"({"arguments": ["--tokens", "tokens.safetensors", "--steps", "2x"]})"), 3,
        "\"2x\" is no number of steps");
    row("a meanflow model's",
        described("meanflow", R"({"meanflow": true, "arguments": ["--tokens", "tokens.safetensors",
          "--conds", "conds.safetensors"]})"),
        3, "spoken by a meanflow model");
    row("with a voice", in("one/0002"), 2, "--captured", {"--conds", in("one/0002/conds.safetensors")});
    row("with draws", in("one/0002"), 2, "--captured", {"--noise", in("one/0002/noise.safetensors")});
    row("with tokens", in("one/0002"), 2, "Exactly 1 option",
        {"--tokens", in("one/0002/tokens.safetensors")});
    row("stages of several", in("many"), 2, "stages or a voice", {"--dump-stages", in("stages")});
  }
  void what_is_no_capture_is_refused() {
    QFETCH(QStringList, arguments);
    QFETCH(int, code);
    QFETCH(QByteArray, says);
    COMPARE_RUN(run_octet(QStringList{"synth", kDemoCheckpoint} + arguments), code, says);
    QVERIFY(!QFile::exists(in("no.wav")));
  }

  void tokens_still_need_a_voice() {
    COMPARE_RUN(synth({"--tokens", in("one/0002/tokens.safetensors"), "-o", in("no.wav")}), 2,
                "whose voice is it?");
  }

  void an_input_is_not_replaced() {
    const auto tokens = in("one/0002/tokens.safetensors"), before = QString(content(tokens).toHex());
    COMPARE_RUN(synth({"--captured", in("one/0002"), "-o", tokens}), 2, "is read here");
    QCOMPARE(QString(content(tokens).toHex()), before);
  }

 private:
  QString in(const QString& name) const { return folder_.filePath(name); }

  static Outcome synth(const QStringList& arguments) {
    return run_octet(QStringList{"synth", kDemoCheckpoint} + arguments);
  }

  /// As octet_s3gen.capture writes it.
  void capture(const QString& name, std::int64_t tokens) const {
    QVERIFY(QDir().mkpath(in(name)));
    const auto frames = 2 * (25 + tokens);
    std::vector<float> noise(static_cast<std::size_t>(80 * frames));
    for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = std::sin(static_cast<float>(i * i % 1000));
    save(path_of(in(name + "/tokens.safetensors")), {{"speech_tokens", ids(some_ids(tokens))}});
    save(path_of(in(name + "/conds.safetensors")), short_voice());
    save(path_of(in(name + "/noise.safetensors")), {{"cfm_noise", floats({1, 80, frames}, noise)}});
    write_bytes(path_of(in(name + "/capture.json")),
                R"({"arguments": ["--tokens", "tokens.safetensors", "--conds", "conds.safetensors",
                    "--noise", "noise.safetensors", "--steps", "2"], "meanflow": false})");
  }

  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestCaptured)
#include "test_captured.moc"
