#include <cmath>
#include <cstring>
#include <limits>

#include "tests/cli/octet_process.h"

using namespace octet;
using namespace octet::test;

/// What is wrong with a file is said in a sentence, ends with 3 and leaves nothing.
class TestBadInput : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    demo_ = load(kDemo);
    metadata_ = open_tensor_file(kDemo).metadata;
    save(at("tokens"), {{"speech_tokens", ids(some_ids(10))}});
    save(at("voice"), short_voice());
    write_tones(in("sound.wav"), 16000, 1, 0.5);
  }

  void broken_checkpoints_are_refused_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QStringList>("says");
    const auto row = [](const char* name, const QString& file, const QStringList& says) {
      QTest::newRow(name) << file << says;
    };
    const auto whole = read_bytes(kDemo);
    const auto with = [&](const char* name, std::string_view bytes) {
      write_bytes(at(name), bytes);
      return in(name);
    };
    row("missing", in("no.safetensors"), {"no.safetensors", "No such file"});
    row("name too long", QString(300, 'x'), {"File name too long"});
    row("folder", folder_.path(), {"a folder without tensor files"});
    row("empty", with("empty", ""), {"empty"});
    row("truncated in its header", with("header", whole.substr(0, 5000)),
        {"truncated", "get the file again"});
    row("truncated in its data", with("half", whole.substr(0, whole.size() / 2)),
        {"truncated", "get the file again"});
    row("wrong magic", with("magic", "RIFF" + whole.substr(4)), {"magic"});
    row("overlapping offsets",
        with("overlap", safetensors(R"({"flow.a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                                    R"("flow.b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                                    std::string(12, '\0'))),
        {"flow.b", "overlaps"});
    save(at("other"), {{"tfmr.layers.0.weight", floats({1}, {0})}});
    row("another model", in("other"), {"not an S3Gen model", "s3gen.safetensors"});

    auto missing = demo_;
    missing.erase("flow.encoder_proj.weight");
    missing.erase("mel2wav.conv_post.bias");
    save(at("missing"), missing, metadata_);
    row("missing tensors", in("missing"),
        {"2 tensors are missing", "flow.encoder_proj.weight", "mel2wav.conv_post.bias"});

    auto reshaped = demo_;
    reshaped.at("flow.encoder_proj.bias") = floats({3}, {0, 0, 0});
    save(at("reshaped"), reshaped, metadata_);
    row("wrong shape", in("reshaped"), {"flow.encoder_proj.bias", "[3]"});
  }
  void broken_checkpoints_are_refused() {
    QFETCH(QString, file);
    QFETCH(QStringList, says);
    for (const auto& arguments :
         {QStringList{"inspect", file}, {"export", file, "--plan", "seed", "-o", in("out")}}) {
      const auto run = run_octet(arguments);
      for (const auto& text : says) COMPARE_RUN(run, 3, text.toUtf8());
      QVERIFY(run.out.isEmpty());
      QVERIFY(!QFile::exists(in("out")));
    }
  }

  void weights_that_are_not_finite_are_named_and_leave_no_export() {
    auto tensors = demo_;
    const auto poison = [&](const std::string& name, float value) {
      auto& bytes = tensors.at(name).bytes;
      std::memcpy(bytes.data() + bytes.size() / 2 / sizeof value * sizeof value, &value, sizeof value);
    };
    const std::string name = "flow.encoder.encoders.0.feed_forward.w_1.weight";
    poison(name, std::numeric_limits<float>::quiet_NaN());
    save(at("nan"), tensors, metadata_);
    COMPARE_RUN(run_octet({"export", in("nan"), "--plan", "seed", "-o", in("out")}), 3, name.c_str());
    COMPARE_RUN(synthesis(in("nan")), 3, name.c_str());
    tensors.at(name) = demo_.at(name);
    const std::string direction = "mel2wav.conv_pre.parametrizations.weight.original1";
    poison(direction, std::numeric_limits<float>::infinity());
    save(at("infinity"), tensors, metadata_);
    COMPARE_RUN(run_octet({"export", in("infinity"), "--plan", "seed", "-o", in("out")}), 3,
                "mel2wav.conv_pre");
    QVERIFY(!QFile::exists(in("out")));
    QCOMPARE(QDir(folder_.path()).entryList({".*"}, QDir::Files | QDir::Hidden), QStringList());
  }

  void stored_scales_are_refused_wherever_they_are_used_data() {
    QTest::addColumn<float>("scale");
    for (const float scale : {NAN, INFINITY, 0.0f, -0.5f, 1e-40f}) QTest::addRow("%g", scale) << scale;
  }
  void stored_scales_are_refused_wherever_they_are_used() {
    QFETCH(float, scale);
    if (!QFile::exists(in("seed")))
      COMPARE_RUN(run_octet({"export", kDemoCheckpoint, "--plan", "seed", "-o", in("seed")}), 0, "");
    auto tensors = load(at("seed"));
    const std::string name = "mel2wav.ups.0.weight_scale";
    std::memcpy(tensors.at(name).bytes.data(), &scale, sizeof scale);
    save(at("scaled"), tensors, open_tensor_file(at("seed")).metadata);
    COMPARE_RUN(synthesis(in("scaled")), 3, name.c_str());
    COMPARE_RUN(run_octet({"export", in("scaled"), "--plan", "seed", "-o", in("out")}), 3, name.c_str());
    COMPARE_RUN(run_octet({"export", in("scaled"), "--plan", "all-base", "-o", in("out")}), 3, name.c_str());
    const auto verified = run_octet({"verify", in("scaled")});
    QVERIFY2(verified.code == 1 && verified.out.contains(name.c_str()), verified.out + verified.err);
    QVERIFY(!QFile::exists(in("out")) && !QFile::exists(in("out.wav")));
  }

  void weights_beyond_fp16_are_named_and_leave_nothing() {
    auto tensors = demo_;
    const std::string name = "flow.encoder_proj.weight";
    const float value = 70000;
    std::memcpy(tensors.at(name).bytes.data(), &value, sizeof value);
    save(at("large"), tensors, metadata_);
    COMPARE_RUN(run_octet({"plan", "new", "--preset", "all-base", "--base", "fp16", "-o", in("fp16.json")}),
                0, "");
    const auto says = QByteArray::fromStdString(name) + " holds 70000, which fp16 cannot hold";
    const QStringList plan{"--plan", in("fp16.json")};
    COMPARE_RUN(synthesis(in("large"), {{"--plan", in("fp16.json")}}), 3, says);
    COMPARE_RUN(run_octet(QStringList{"export", in("large"), "-o", in("out")} + plan), 3, says);
    COMPARE_RUN(run_octet(QStringList{"export", in("large"), "-o", in("out")} + plan), 3, "65504");
    COMPARE_RUN(run_octet(QStringList{"export", in("large"), "-o", in("out")} + plan), 3, "octet plan set");
    QVERIFY(!QFile::exists(in("out")) && !QFile::exists(in("out.wav")));
  }

  /// The weights fit fp16, the sums of their products do not.
  void sound_that_is_not_finite_is_neither_written_nor_compared() {
    auto tensors = demo_;
    auto& weight = tensors.at("flow.encoder.encoders.0.feed_forward.w_2.weight");
    weight = floats(weight.shape, std::vector<float>(weight.bytes.size() / sizeof(float), 6e4f));
    save(at("loud"), tensors, metadata_);
    COMPARE_RUN(run_octet({"plan", "new", "--preset", "all-base", "--base", "fp16", "-o", in("fp16.json")}),
                0, "");
    const QByteArray says = "layer flow.encoder.encoders.0.feed_forward.w_2 gives NaN or infinity";
    const QStringList plan{"--plan", in("fp16.json")};
    COMPARE_RUN(synthesis(in("loud"), {{"--plan", in("fp16.json")}}), 3, says);
    QVERIFY(!QFile::exists(in("out.wav")));
    QDir().mkpath(in("clips"));
    QFile::copy(in("sound.wav"), in("clips/sound.wav"));
    const auto compared = run_octet(
        QStringList{"compare", in("loud"), "--plan", "all-base", "--steps", "1", "--clips", in("clips")} +
        plan);
    COMPARE_RUN(compared, 3, says);
    QVERIFY(compared.out.isEmpty());
    COMPARE_RUN(run_octet(QStringList{"export", in("loud"), "-o", in("loud_export")} + plan), 0, "");
    const auto verified = run_octet({"verify", in("loud_export")});
    QVERIFY2(verified.code == 1 && verified.out.contains(says), verified.out + verified.err);
  }

  /// Blocks whose number the code fixes: they would be listed, sized and exported, but never computed.
  void surplus_structure_is_refused_by_every_command_data() {
    QTest::addColumn<QByteArray>("like");
    QTest::addColumn<QByteArray>("surplus");
    const auto row = [](const char* name, const char* like, const char* surplus) {
      QTest::newRow(name) << QByteArray(like) << QByteArray(surplus);
    };
    row("fourth dilation", "mel2wav.resblocks.0.convs1.2.", "mel2wav.resblocks.0.convs1.3.");
    row("fourth upsampling", "mel2wav.ups.2.", "mel2wav.ups.3.");
    row("fourth dense block", "speaker_encoder.xvector.block3.tdnnd1.",
        "speaker_encoder.xvector.block4.tdnnd1.");
  }
  void surplus_structure_is_refused_by_every_command() {
    QFETCH(QByteArray, like);
    QFETCH(QByteArray, surplus);
    auto tensors = demo_;
    QByteArrayList added;
    for (const auto& [name, tensor] : demo_) {
      if (!name.starts_with(like.toStdString())) continue;
      added.push_back(surplus + name.substr(static_cast<std::size_t>(like.size())).c_str());
      tensors[added.back().toStdString()] = tensor;
    }
    QVERIFY(!added.isEmpty());
    save(at("surplus"), tensors, metadata_);
    const auto file = in("surplus");
    for (const auto& arguments :
         {QStringList{"inspect", file},
          {"plan", "show", "seed", file},
          {"export", file, "--plan", "seed", "-o", in("out")},
          {"verify", kDemoCheckpoint, "--against", file},
          {"synth", file, "--tokens", in("tokens"), "--conds", in("voice"), "-o", in("out")},
          {"bench", file, "--plan", "seed"},
          {"compare", file, "--plan", "seed", "--plan", "all-int8", "--clips", folder_.path()}}) {
      const auto run = run_octet(arguments);
      COMPARE_RUN(run, 3, "nothing would compute");
      for (const auto& name : added) COMPARE_RUN(run, 3, name);
      QVERIFY2(run.out.isEmpty(), run.out);
      QVERIFY(!QFile::exists(in("out")));
    }
  }

  /// On stderr whatever else is silenced, and in --json.
  void tensors_that_are_not_used_are_said_by_every_command_data() {
    QTest::addColumn<QStringList>("command");
    auto tensors = demo_;
    tensors["flow.x.lora_A.weight"] = floats({1}, {0});
    save(at("lora"), tensors, metadata_);
    const auto row = [](const QStringList& command) { QTest::newRow(command.first().toUtf8()) << command; };
    row({"inspect", in("lora")});
    row({"plan", "show", "seed", in("lora")});
    row({"export", in("lora"), "--plan", "seed", "-o", in("lora_export")});
    row({"verify", in("lora_export"), "--against", in("lora")});
    row({"synth", in("lora"), "--tokens", in("tokens"), "--conds", in("voice"), "--steps", "1", "-o",
         in("lora.wav")});
    row({"bench", in("lora"), "--seconds", "0.1", "--rounds", "1", "--steps", "1", "--plan", "seed"});
    QDir().mkpath(in("clips"));
    QFile::copy(in("sound.wav"), in("clips/sound.wav"));
    row({"compare", in("lora"), "--plan", "all-base", "--plan", "seed", "--steps", "1", "--clips",
         in("clips")});
  }
  void tensors_that_are_not_used_are_said_by_every_command() {
    QFETCH(QStringList, command);
    const QByteArray says = "1 tensor of a LoRA is not used (flow.x.lora_A.weight)";
    const auto run = run_octet(command + QStringList{"--json", "--quiet"});
    COMPARE_RUN(run, 0, "warning: ");
    COMPARE_RUN(run, 0, says);
    QVERIFY2(run.json()["warnings"].toArray().at(0).toString().toUtf8().contains(says), run.out);
    if (command.first() == "verify") QVERIFY2(run.out.contains("of whose tensors 1 are not used"), run.out);
  }

  void configuration_that_cannot_be_is_refused_data() {
    QTest::addColumn<QByteArray>("config");
    for (const char* config : {"[]", "{", R"({"estimator_head_dim": "64"})", R"({"estimator_head_dim": 0})",
                               R"({"estimator_head_dim": -64})", R"({"estimator_head_dim": 60})"})
      QTest::newRow(config) << QByteArray(config);
  }
  void configuration_that_cannot_be_is_refused() {
    QFETCH(QByteArray, config);
    save(at("configured"), demo_, {{"s3gen_config", config.toStdString()}});
    COMPARE_RUN(synthesis(in("configured")), 3, "estimator_head_dim");
  }

  void inputs_of_a_synthesis_are_checked_data() {
    QTest::addColumn<QString>("option");
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, const char* option, const QString& file, const char* says) {
      QTest::newRow(name) << QString(option) << file << QByteArray(says);
    };
    const auto tokens = [&](const char* name, const LooseTensors& tensors) {
      save(at(name), tensors);
      return in(name);
    };
    row("no tokens file", "--tokens", in("no"), "No such file");
    row("stop token", "--tokens", tokens("stop", {{"speech_tokens", ids({5, 6561})}}), "--drop-invalid");
    row("stop token, where", "--tokens", in("stop"), "6561 at position 1");
    row("negative token", "--tokens", tokens("negative", {{"speech_tokens", ids({5, -1})}}),
        "-1 at position 1");
    row("no tokens", "--tokens", tokens("none", {{"speech_tokens", ids({})}}), "no speech tokens");
    row("floating tokens", "--tokens", tokens("floating", {{"speech_tokens", floats({1, 2}, {1, 2})}}),
        "must be integers");
    row("other tensors", "--tokens", in("voice"), "speech_tokens");
    const std::string array = "{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }\n";
    write_bytes(at("cut.npy"), std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(array.size()) + '\0' +
                                   array + std::string(16, '\1'));
    row("truncated array", "--tokens", in("cut.npy"), "truncated");
    row("no conditioning", "--conds", in("no"), "No such file");
    row("conditioning without voice", "--conds", in("tokens"), "prompt_token");
    auto voice = short_voice();
    voice.at("embedding") = floats({1, 2}, {0, 0});
    row("other speaker encoder", "--conds", tokens("narrow", voice), "embedding");
    row("noise of another request", "--noise",
        tokens("noise", {{"cfm_noise", floats({1, 80, 1}, std::vector<float>(80))}}), "1x80x70");
    row("unknown noise", "--noise", tokens("pink", {{"pink", floats({1}, {0})}}), "pink");
    row("no such plan", "--plan", in("no.plan.json"), "no.plan.json");
  }
  void inputs_of_a_synthesis_are_checked() {
    QFETCH(QString, option);
    QFETCH(QString, file);
    QFETCH(QByteArray, says);
    COMPARE_RUN(synthesis(kDemoCheckpoint, {{option, file}}), 3, says);
  }

  void sounds_are_checked_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("missing") << in("no.wav") << QByteArray("no such file");
    write_tones(in("empty.wav"), 16000, 1, 0);
    QTest::newRow("of no length") << in("empty.wav") << QByteArray("empty.wav");
    write_tones(in("click.wav"), 16000, 1, 0.03);
    QTest::newRow("a click") << in("click.wav") << QByteArray("0.030 s long");
    write_bytes(at("noise.wav"), std::string(1000, 'x'));
    QTest::newRow("no sound") << in("noise.wav") << QByteArray("noise.wav");
    write_bytes(at("cut.wav"), read_bytes(at("sound.wav")).substr(0, 1000));
    QTest::newRow("cut off") << in("cut.wav") << QByteArray("cut.wav");
  }
  void sounds_are_checked() {
    QFETCH(QString, file);
    QFETCH(QByteArray, says);
    COMPARE_RUN(
        run_octet({"synth", kDemoCheckpoint, "--source", file, "--conds", in("voice"), "-o", in("out")}), 3,
        says);
    COMPARE_RUN(
        run_octet({"synth", kDemoCheckpoint, "--tokens", in("tokens"), "--reference", file, "-o", in("out")}),
        3, says);
    QVERIFY(!QFile::exists(in("out")));
  }

  void invalid_tokens_can_be_dropped() {
    save(at("framed"), {{"speech_tokens", ids({6561, 5, 6, 7, 6562})}});
    save(at("bare"), {{"speech_tokens", ids({5, 6, 7})}});
    COMPARE_RUN(synthesis(kDemoCheckpoint, {{"--tokens", in("framed")}, {"-o", in("framed.wav")}},
                          {"--drop-invalid"}),
                0, "");
    COMPARE_RUN(synthesis(kDemoCheckpoint, {{"--tokens", in("bare")}, {"-o", in("bare.wav")}}), 0, "");
    QCOMPARE(content(in("framed.wav")), content(in("bare.wav")));
  }

  void ten_minutes_of_reference_are_cut_with_a_notice() {
    write_tones(in("long.wav"), 8000, 1, 600);
    write_tones(in("cut_to_10.wav"), 8000, 1, 10);
    const auto spoken = [&](const char* reference, const char* conds) {
      return run_octet({"synth", kDemoCheckpoint, "--tokens", in("tokens"), "--reference", in(reference),
                        "--save-conds", in(conds), "--steps", "1", "-o", in("out.wav")});
    };
    COMPARE_RUN(spoken("long.wav", "long.conds"), 0, "first 10 s");
    const auto exact = spoken("cut_to_10.wav", "cut.conds");
    QCOMPARE(exact.code, 0);
    QVERIFY2(exact.err.isEmpty(), exact.err);
    QCOMPARE(load(at("long.conds")).at("prompt_token").shape.at(1), 250);
    // Resampling ends differently where sound goes on, so only the voice's measure is compared.
    QCOMPARE(load(at("long.conds")).at("prompt_feat").shape, load(at("cut.conds")).at("prompt_feat").shape);
  }

  /// Noise of the wrong length says how many frames the tokens ask for, unless this machine's memory ends the
  /// request first; neither synthesizes for minutes. 14,950 tokens, not 15,000: windows begin every 26 s, and
  /// upstream drops the first two seconds of the last one, which here has no more than two (598 s to 600 s).
  void ten_minutes_of_source_become_tokens_in_windows() {
    write_tones(in("long.wav"), 8000, 1, 600);
    save(at("short_noise"), {{"cfm_noise", floats({1, 80, 1}, std::vector<float>(80))}});
    const auto run = run_octet({"synth", kDemoCheckpoint, "--source", in("long.wav"), "--conds", in("voice"),
                                "--noise", in("short_noise"), "-o", in("out")});
    if (run.code == 4) COMPARE_RUN(run, 4, "synthesizing 598.0 s needs about");
    if (run.code != 4) COMPARE_RUN(run, 3, "1x80x29950");
  }

  void what_no_memory_holds_is_refused_before_work() {
    save(at("endless"), {{"speech_tokens", ids(some_ids(1'000'000))}});
    const auto run = synthesis(kDemoCheckpoint, {{"--tokens", in("endless")}});
    COMPARE_RUN(run, 4, "synthesize fewer tokens at once");
    COMPARE_RUN(run, 4, "synthesizing 40000.0 s needs about");  // an estimate, not memory that ran out
  }

  void stereo_at_44100_is_source_and_reference() {
    write_tones(in("stereo.wav"), 44100, 2, 2);
    const auto run =
        run_octet({"synth", kDemoCheckpoint, "--source", in("stereo.wav"), "--reference", in("stereo.wav"),
                   "--steps", "1", "--save-conds", in("stereo.conds"), "-o", in("direct.wav"), "--json"});
    COMPARE_RUN(run, 0, "");
    QCOMPARE(run.json()["seconds"].toDouble(), 2.0);
    // What was saved is the voice itself.
    COMPARE_RUN(run_octet({"synth", kDemoCheckpoint, "--source", in("stereo.wav"), "--conds",
                           in("stereo.conds"), "--steps", "1", "-o", in("through.wav")}),
                0, "");
    QVERIFY(!content(in("direct.wav")).isEmpty());
    QCOMPARE(content(in("through.wav")), content(in("direct.wav")));
  }

  void plan_errors_name_key_and_line_data() {
    QTest::addColumn<QByteArray>("plan");
    QTest::addColumn<QStringList>("says");
    const QByteArray head = "{\"format\": \"octet-plan\", \"version\": 1, \"name\": \"x\",\n";
    QTest::newRow("unknown key") << head + "\"base\": \"bf16\",\n\"rulez\": []}"
                                 << QStringList{"rulez", "line 3"};
    QTest::newRow("unknown precision")
        << head + "\"base\": \"bf16\", \"rules\": [\n{\"match\": \"*\", \"precision\": \"int7\"}]}"
        << QStringList{"int7", "line 3"};
    QTest::newRow("not JSON") << head + "\n\"base\" \"bf16\"}" << QStringList{"line 3"};
    QTest::newRow("no such layer")
        << head + "\"base\": \"bf16\",\n\"layers\": {\n\"flow.nothing\": {\"precision\": \"int8\"}}}"
        << QStringList{"flow.nothing", "line 4"};
    QTest::newRow("empty") << QByteArray() << QStringList{"line 1"};
  }
  void plan_errors_name_key_and_line() {
    QFETCH(QByteArray, plan);
    QFETCH(QStringList, says);
    write_bytes(at("broken.plan.json"), plan.toStdString());
    const auto run =
        run_octet({"export", kDemoCheckpoint, "--plan", in("broken.plan.json"), "-o", in("out")});
    COMPARE_RUN(run, 3, "broken.plan.json");
    const auto said = QString::fromUtf8(run.err).remove(folder_.path());  // its random name may hold digits
    for (const auto& text : says) QVERIFY2(said.contains(text), run.err);
    QVERIFY(!QFile::exists(in("out")));
  }

 private:
  QString in(const char* name) const { return here(folder_, name); }
  std::filesystem::path at(const char* name) const { return path_of(in(name)); }

  /// A short one, with some options replaced.
  Outcome synthesis(const QString& checkpoint, const QMap<QString, QString>& other = {},
                    const QStringList& flags = {}) const {
    QMap<QString, QString> options{
        {"--tokens", in("tokens")}, {"--conds", in("voice")}, {"--steps", "1"}, {"-o", in("out.wav")}};
    options.insert(other);
    QStringList arguments{"synth", checkpoint};
    for (auto option = options.cbegin(); option != options.cend(); ++option)
      arguments << option.key() << option.value();
    return run_octet(arguments + flags);
  }

  QTemporaryDir folder_;
  LooseTensors demo_;
  std::map<std::string, std::string> metadata_;
};

QTEST_GUILESS_MAIN(TestBadInput)
#include "test_bad_input.moc"
