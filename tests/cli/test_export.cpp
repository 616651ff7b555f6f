#include <QCryptographicHash>
#include <cmath>

#include "core/checkpoint/checkpoint.h"
#include "tests/cli/octet_process.h"

using namespace octet;
using namespace octet::test;

/// Exports of the demo voice: their size, their bytes, what is spoken from them, and what verify finds.
class TestExport : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    save(at("tokens"), {{"speech_tokens", ids(some_ids(10))}});
    save(at("voice"), short_voice());
    seed_ = in("seed.safetensors");
    COMPARE_RUN(exported(kDemoCheckpoint, seed_), 0, "");
  }

  void predicted_size_is_the_size_data() {
    QTest::addColumn<QStringList>("what");
    QTest::newRow("seed") << QStringList{"--plan", "seed"};
    QTest::newRow("all-int8") << QStringList{"--plan", "all-int8"};
    QTest::newRow("all-base") << QStringList{"--plan", "all-base"};
    QTest::newRow("components") << QStringList{"--plan", "seed", "--components", "flow,mel2wav"};
    QTest::newRow("one component") << QStringList{"--plan", "all-int8", "--components", "speaker_encoder"};
  }
  void predicted_size_is_the_size() {
    QFETCH(QStringList, what);
    const auto path = in("sized.safetensors");
    const QStringList arguments = QStringList{"export", kDemoCheckpoint, "--json"} + what;
    const auto dry = run_octet(arguments + QStringList{"--dry-run"});
    COMPARE_RUN(dry, 0, "");
    COMPARE_RUN(run_octet(arguments + QStringList{"-o", path}), 0, "");
    QCOMPARE(dry.json()["predicted_bytes"].toInteger(), QFileInfo(path).size());
    QVERIFY(QFileInfo(path).size() > 100'000);
  }

  /// Loading does not quantize: the integers are in the file, as formats.md says how to make them.
  void int8_weights_are_those_of_the_published_arithmetic() {
    const auto source = load(kDemo), made = load(path_of(seed_));
    const std::string name = "flow.encoder.encoders.0.feed_forward.w_1.weight";
    const auto& weight = source.at(name);
    const auto& int8 = made.at(name);
    const auto& scales = made.at(name + "_scale");
    QVERIFY(int8.dtype == Dtype::i8 && scales.dtype == Dtype::f32);
    QCOMPARE(int8.shape, weight.shape);
    const auto rows = static_cast<std::size_t>(weight.shape[0]),
               columns = static_cast<std::size_t>(weight.shape[1]);
    QCOMPARE(scales.shape, (Shape{weight.shape[0], 1}));
    for (std::size_t row = 0; row < rows; ++row) {
      std::vector<float> values(columns);
      std::memcpy(values.data(), weight.bytes.data() + row * columns * 4, columns * 4);
      float largest = 0;
      for (const float value : values) largest = std::max(largest, std::abs(value));
      const float scale = largest / 127;
      float stored = 0;
      std::memcpy(&stored, scales.bytes.data() + row * 4, 4);
      QCOMPARE(std::bit_cast<std::uint32_t>(stored), std::bit_cast<std::uint32_t>(scale));
      for (std::size_t column = 0; column < columns; ++column)
        QCOMPARE(int(static_cast<signed char>(int8.bytes[row * columns + column])),
                 int(std::nearbyint(values[column] / scale)));
    }
  }

  void an_export_speaks_as_its_source_under_the_plan() {
    const auto from_source = spoken(kDemoCheckpoint, {"--plan", "seed"});
    QVERIFY(from_source.size() > 9600 * 4);
    QVERIFY(spoken(seed_) == from_source);
    QVERIFY(spoken(kDemoCheckpoint) != from_source);  // fp32, as stored
  }

  void the_same_request_gives_the_same_bytes() {
    const auto once = spoken(kDemoCheckpoint, {"--plan", "seed"});
    QVERIFY(spoken(kDemoCheckpoint, {"--plan", "seed"}) == once);
    const auto alone = spoken(kDemoCheckpoint, {"--plan", "seed", "--threads", "1"});
    QVERIFY(spoken(kDemoCheckpoint, {"--plan", "seed", "--threads", "1"}) == alone);
    QVERIFY(spoken(kDemoCheckpoint, {"--plan", "seed", "--seed", "1"}) != once);
  }

  void the_same_export_gives_the_same_bytes() {
    COMPARE_RUN(exported(kDemoCheckpoint, in("again.safetensors")), 0, "");
    QVERIFY(content(in("again.safetensors")) == content(seed_));
    COMPARE_RUN(exported(seed_, in("of_export.safetensors")), 0, "");
    QVERIFY(content(in("of_export.safetensors")) == content(seed_));
  }

  void parts_speak_from_tokens_and_conditioning() {
    const auto parts = in("parts.safetensors");
    COMPARE_RUN(exported(kDemoCheckpoint, parts, {"--components", "flow,mel2wav"}), 0, "");
    QVERIFY(spoken(parts) == spoken(seed_));
    COMPARE_RUN(run_octet({"verify", parts, "--against", kDemoCheckpoint}), 0, "");
    const auto sound = kDemoVoice + "clips/ref00_en_f_nora.wav";
    COMPARE_RUN(run_octet({"synth", parts, "--source", sound, "--conds", in("voice"), "-o", in("no.wav")}), 3,
                "has no tokenizer");
    COMPARE_RUN(
        run_octet({"synth", parts, "--tokens", in("tokens"), "--reference", sound, "-o", in("no.wav")}), 3,
        "has no speaker_encoder");
    COMPARE_RUN(run_octet({"export", parts, "--plan", "seed", "--components", "tokenizer", "-o", in("no")}),
                3, "has no component tokenizer");
    const auto vocoder = in("vocoder.safetensors");
    COMPARE_RUN(exported(kDemoCheckpoint, vocoder, {"--components", "mel2wav"}), 0, "");
    COMPARE_RUN(synthesis(vocoder), 3, "has no flow");
    COMPARE_RUN(run_octet({"verify", vocoder, "--against", kDemoCheckpoint}), 0, "");
  }

  void what_a_part_lacks_is_named_data() {
    QTest::addColumn<QString>("part");
    for (const auto* part : {"tokenizer", "speaker_encoder", "flow", "mel2wav"}) QTest::newRow(part) << part;
  }
  void what_a_part_lacks_is_named() {
    QFETCH(QString, part);
    const auto file = in("part.safetensors");
    COMPARE_RUN(exported(kDemoCheckpoint, file, {"--components", part}), 0, "");
    const QTemporaryDir clips;
    QVERIFY(QFile::copy(kDemoVoice + "clips/ref00_en_f_nora.wav", clips.filePath("clip.wav")));
    const QByteArray lacks = "part.safetensors has no ";
    COMPARE_RUN(run_octet({"bench", file, "--rounds", "1"}), 3,
                lacks + (part == "flow" ? "mel2wav" : "flow"));
    COMPARE_RUN(synthesis(file), 3, lacks + (part == "flow" ? "mel2wav" : "flow"));
    COMPARE_RUN(run_octet({"compare", file, "--plan", "all-base", "--plan", "seed", "--clips", clips.path()}),
                3, lacks);
    COMPARE_RUN(run_octet({"inspect", file}), 0, "");
    COMPARE_RUN(run_octet({"verify", file}), 0, "");
  }

  void cosyvoice2_files_are_planned_and_exported_but_do_not_speak() {
    LooseTensors bare;
    for (const auto& [name, tensor] : load(kDemo))
      if (name.starts_with("flow.")) bare[name.substr(5)] = tensor;
    const auto flow = in("cosyvoice_flow.safetensors"), made = in("cosyvoice_export.safetensors");
    save(path_of(flow), bare);
    QCOMPARE(run_octet({"inspect", flow, "--json"}).json()["variant"].toString(), "cosyvoice2");
    QVERIFY(run_octet({"plan", "show", "seed", flow, "--json"}).json()["int8_layers"].toInt() > 0);
    COMPARE_RUN(exported(flow, made), 0, "");
    QCOMPARE(run_octet({"inspect", made, "--json"}).json()["variant"].toString(), "cosyvoice2");
    COMPARE_RUN(run_octet({"verify", made, "--against", flow}), 0, "");
    COMPARE_RUN(synthesis(flow), 3, "CosyVoice2");
    COMPARE_RUN(synthesis(made), 3, "CosyVoice2");
  }

  void a_pt_checkpoint_goes_all_the_way() {
    QString python = OCTET_SOURCE_DIR "/.deps/venv/bin/python";
    if (!QFile::exists(python)) python = "python3";
    const auto made = run_program(
        python, {OCTET_SOURCE_DIR "/tests/checkpoint/make_pt_files.py", kDemoCheckpoint, folder_.path()});
    if (made.code == -1 || made.err.contains("No module named 'torch'")) QSKIP("needs python3 with torch");
    QVERIFY2(made.code == 0, made.err);
    const auto checkpoint = in("state_dict.pt"), result = in("from_pt.safetensors");
    QCOMPARE(run_octet({"inspect", checkpoint, "--json"}).json()["variant"].toString(), "v3");  // as the demo
    QVERIFY(spoken(checkpoint, {"--plan", "seed"}) == spoken(seed_));
    COMPARE_RUN(exported(checkpoint, result), 0, "");
    COMPARE_RUN(run_octet({"verify", result, "--against", checkpoint}), 0, "");
    const auto from_pt = load(path_of(result)), from_safetensors = load(path_of(seed_));
    QCOMPARE(from_pt.size(), from_safetensors.size());
    for (const auto& [name, tensor] : from_safetensors)
      QVERIFY2(from_pt.at(name).bytes == tensor.bytes, name.c_str());
  }

  void a_meanflow_checkpoint_takes_two_steps() {
    auto tensors = load(kDemo);
    const auto width = tensors.at("flow.decoder.estimator.time_mlp.linear_2.weight").shape.front();
    std::vector<float> mixer(static_cast<std::size_t>(2 * width * width));
    for (std::size_t i = 0; i < mixer.size(); ++i)
      mixer[i] = std::sin(static_cast<float>(i)) / static_cast<float>(width);
    tensors["flow.decoder.estimator.time_embed_mixer.weight"] = floats({width, 2 * width}, mixer);
    const auto meanflow = in("meanflow.safetensors"), made = in("meanflow_export.safetensors");
    save(path_of(meanflow), tensors, open_tensor_file(kDemo).metadata);
    QCOMPARE(run_octet({"inspect", meanflow, "--json"}).json()["variant"].toString(), "meanflow");

    const QStringList request{"synth",         meanflow,     "--plan",  "seed",
                              "--tokens",      in("tokens"), "--conds", in("voice"),
                              "--dump-stages", in("stages"), "-o",      in("meanflow.wav")};
    COMPARE_RUN(run_octet(request), 0, "");
    const auto stages = load(at("stages"));
    QVERIFY(stages.contains("mel_step_2") && !stages.contains("mel_step_3"));
    const auto drawn = content(in("meanflow.wav"));
    save(at("tail"), {{"noised_mels", floats({1, 80, 20}, std::vector<float>(1600, 0.5f))}});
    COMPARE_RUN(run_octet(request + QStringList{"--noise", in("tail")}), 0, "");
    QVERIFY(content(in("meanflow.wav")) != drawn);

    COMPARE_RUN(exported(meanflow, made), 0, "");
    auto from_export = request;
    from_export[1] = made;
    COMPARE_RUN(run_octet(from_export), 0, "");
    QVERIFY(content(in("meanflow.wav")) == drawn);
    COMPARE_RUN(run_octet({"verify", made, "--against", meanflow}), 0, "");
  }

  void stages_have_the_documented_shapes() {
    COMPARE_RUN(run_octet({"synth", kDemoCheckpoint, "--tokens", in("tokens"), "--conds", in("voice"),
                           "--steps", "3", "--dump-stages", in("stages"), "-o", in("staged.wav")}),
                0, "");
    const std::map<std::string, Shape> expected{
        {"speech_tokens", {1, 10}},   {"prompt_token", {1, 25}},   {"prompt_feat", {1, 50, 80}},
        {"encoder_out", {1, 70, 80}}, {"mel_step_1", {1, 80, 70}}, {"mel_step_2", {1, 80, 70}},
        {"mel_step_3", {1, 80, 70}},  {"mel", {1, 80, 20}},        {"f0", {1, 20}},
        {"source", {1, 1, 20 * 480}}, {"waveform", {1, 20 * 480}}};
    const auto stages = load(at("stages"));
    QCOMPARE(stages.size(), expected.size() + 1);  // and embedding
    for (const auto& [name, shape] : expected) {
      QVERIFY2(stages.contains(name), name.c_str());
      QCOMPARE(stages.at(name).shape, shape);
    }
    QCOMPARE(stages.at("embedding").bytes, short_voice().at("embedding").bytes);
  }

  void a_card_is_of_the_export_and_the_same_each_time() {
    const auto card = in("README.md");
    COMPARE_RUN(exported(kDemoCheckpoint, in("carded.safetensors"), {"--card", card}), 0, "");
    const auto text = content(card);
    const auto hash = [](const QString& path) {
      return QCryptographicHash::hash(content(path), QCryptographicHash::Sha256).toHex();
    };
    QVERIFY2(text.contains("| carded.safetensors | `" + hash(in("carded.safetensors")) + "` |\n"), text);
    QVERIFY2(text.contains("| the original | `" + hash(kDemoCheckpoint) + "` |\n"), text);
    QVERIFY2(text.startsWith("---\nlicense: mit\n"), text);  // as the demo's metadata say
    QVERIFY2(text.contains("octet_s3gen.load(tts.s3gen, \"carded.safetensors\")"), text);
    QVERIFY(content(in("carded.safetensors")) == content(seed_));
    COMPARE_RUN(exported(seed_, in("carded.safetensors"), {"--card", card}), 0, "");  // of the export, again
    QCOMPARE(content(card), text);
  }

  void a_card_shows_what_compare_measured() {
    const QTemporaryDir clips;
    QVERIFY(QFile::copy(kDemoVoice + "clips/ref00_en_f_nora.wav", clips.filePath("clip.wav")));
    const auto compared = run_octet({"compare", kDemoCheckpoint, "--plan", "all-base", "--plan", "seed",
                                     "--clips", clips.path(), "--steps", "1", "--json"});
    COMPARE_RUN(compared, 0, "");
    const auto report = in("report.json"), card = in("measured.md");
    write_bytes(path_of(report), compared.out.toStdString());
    COMPARE_RUN(exported(kDemoCheckpoint, in("measured.safetensors"), {"--card", card, "--measures", report}),
                0, "");
    QVERIFY(content(card).contains("| SNR (dB) | higher | "));
    QVERIFY(content(card).contains("Mean of 1 clip; 1 steps, seed 0, CPU."));
    QVERIFY(!content(card).contains(clips.path().toUtf8()));
    COMPARE_RUN(exported(kDemoCheckpoint, in("part.safetensors"),
                         {"--components", "flow", "--card", card, "--measures", report}),
                0, "");
    QFile::remove(in("measured.safetensors"));
    COMPARE_RUN(run_octet({"export", kDemoCheckpoint, "--plan", "all-base", "--card", card, "--measures",
                           report, "-o", in("measured.safetensors")}),
                3, "no run of the plan all-base beside its reference");
    QVERIFY(!QFile::exists(in("measured.safetensors")));
  }

  void a_card_takes_no_persons_readme() {
    const auto own = in("own.md");
    write_bytes(path_of(own), "# My models\n");
    COMPARE_RUN(exported(kDemoCheckpoint, in("refused.safetensors"), {"--card", own}), 2,
                "no card that octet export wrote");
    QCOMPARE(content(own), "# My models\n");
    QVERIFY(!QFile::exists(in("refused.safetensors")));
    COMPARE_RUN(exported(kDemoCheckpoint, "-", {"--card", in("x.md")}), 2, "names the export");
    COMPARE_RUN(exported(kDemoCheckpoint, in("both"), {"--card", in("both")}), 2, "both");
    COMPARE_RUN(exported(kDemoCheckpoint, in("x"), {"--measures", in("report.json")}), 2, "--card");
  }

  void verify_names_a_tensor_that_was_tampered_with_data() {
    QTest::addColumn<QByteArray>("tensor");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("says");
    QTest::addColumn<bool>("against");
    const auto row = [](const char* name, const char* tensor, const QByteArray& value, const char* says,
                        bool against) {
      QTest::newRow(name) << QByteArray(tensor) << value << QByteArray(says) << against;
    };
    const auto bytes = [](float value) {
      return QByteArray(reinterpret_cast<const char*>(&value), sizeof value);
    };
    row("int8 out of range", "mel2wav.ups.0.weight", QByteArray(1, char(-128)), "-128", false);
    row("negative scale", "mel2wav.ups.0.weight_scale", bytes(-0.1f), "positive", false);
    row("scale of 0", "mel2wav.ups.0.weight_scale", bytes(0), "positive", false);
    row("NaN", "tokenizer.encoder.conv1.weight", bytes(NAN), "NaN or infinity", false);
    row("another integer", "mel2wav.ups.0.weight", QByteArray(1, 77), "differs from what the source gives",
        true);
    row("another scale", "mel2wav.ups.0.weight_scale", bytes(0.1f), "differs from what the source gives",
        true);
  }
  void verify_names_a_tensor_that_was_tampered_with() {
    QFETCH(QByteArray, tensor);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, says);
    QFETCH(bool, against);
    auto tensors = load(path_of(seed_));
    tensors.at(tensor.toStdString())
        .bytes.replace(0, static_cast<std::size_t>(value.size()), value.toStdString());
    save(at("tampered"), tensors, open_tensor_file(path_of(seed_)).metadata);
    const auto run = run_octet(QStringList{"verify", in("tampered")} +
                               (against ? QStringList{"--against", kDemoCheckpoint} : QStringList{}));
    COMPARE_RUN(run, 1, "is not what it should be");
    QVERIFY2(run.out.contains("WRONG") && run.out.contains(tensor) && run.out.contains(says), run.out);
  }

  void verify_finds_a_type_that_is_not_the_plans() {
    auto tensors = load(path_of(seed_));
    const std::string name = "mel2wav.conv_pre.bias";
    QVERIFY(tensors.at(name).dtype == Dtype::bf16);
    tensors.at(name) = load(kDemo).at(name);
    save(at("typed"), tensors, open_tensor_file(path_of(seed_)).metadata);
    const auto run = run_octet({"verify", in("typed")});
    QVERIFY2(run.code == 1 && run.out.contains((name + " is F32; its plan says BF16").c_str()),
             run.out + run.err);
  }

  void verify_refuses_what_is_no_export() {
    const auto whole = read_bytes(path_of(seed_));
    write_bytes(at("half"), std::string_view(whole).substr(0, whole.size() / 2));
    COMPARE_RUN(run_octet({"verify", in("half")}), 3, "truncated");
    COMPARE_RUN(run_octet({"verify", kDemoCheckpoint}), 3, "not an export");
    COMPARE_RUN(run_octet({"verify", in("no")}), 3, "No such file");
  }

  void verify_notices_another_source() {
    auto tensors = load(kDemo);
    tensors.at("mel2wav.conv_pre.bias").bytes[0] ^= 1;
    save(at("other"), tensors, open_tensor_file(kDemo).metadata);
    const auto run = run_octet({"verify", seed_, "--against", in("other")});
    QVERIFY2(run.code == 1 && run.out.contains("made from another file"), run.out + run.err);
  }

 private:
  QString in(const char* name) const { return here(folder_, name); }
  std::filesystem::path at(const char* name) const { return path_of(in(name)); }

  static Outcome exported(const QString& checkpoint, const QString& to, const QStringList& other = {}) {
    return run_octet(QStringList{"export", checkpoint, "--plan", "seed", "-o", to} + other);
  }

  Outcome synthesis(const QString& checkpoint, const QStringList& other = {}) const {
    return run_octet(QStringList{"synth", checkpoint, "--tokens", in("tokens"), "--conds", in("voice"),
                                 "--steps", "2", "-o", in("spoken.wav")} +
                     other);
  }

  /// The file that a short synthesis writes; nothing when it fails.
  QByteArray spoken(const QString& checkpoint, const QStringList& other = {}) const {
    QFile::remove(in("spoken.wav"));
    const auto run = synthesis(checkpoint, other);
    if (run.code != 0) qWarning() << run.err;
    return content(in("spoken.wav"));
  }

  QTemporaryDir folder_;
  QString seed_;
};

QTEST_GUILESS_MAIN(TestExport)
#include "test_export.moc"
