#include "core/checkpoint/hash_of_file.h"
#include "tests/cli/octet_process.h"

using namespace octet;
using namespace octet::test;

/// Calibrating, and what is made with a calibration, from the command line.
class TestCalibrated : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QVERIFY(QDir(in("")).mkdir("clips"));
    for (const auto* clip : {"ref00_en_f_nora.wav", "ref01_en_m_kumo.flac"})
      QVERIFY(QFile::copy(kDemoVoice + "clips/" + clip, in("clips/") + clip));
    const auto run = run_octet({"calibrate", kDemoCheckpoint, "--clips", in("clips"), "--steps", "1", "-o",
                                in("two.calibration"), "--json"});
    COMPARE_RUN(run, 0, "");
    made_ = run.json();
    write_bytes(path_of(in("gptq.json")), R"({"format": "octet-plan", "version": 1, "base": "fp32", "rules": [
      {"match": "mel2wav.f0_predictor.*", "type": "Conv1d", "precision": "int8", "method": "gptq"},
      {"match": "mel2wav.ups.*", "precision": "int8", "method": "adaround", "options": {"steps": 5}}]})");
  }

  void what_was_made_is_said() {
    QCOMPARE(made_["sha256"].toString().toStdString(),
             hash_of_file(*HeldFile::open(path_of(in("two.calibration")))));
    QCOMPARE(made_["clips"].toArray().size(), 2);
    QCOMPARE(made_["steps"].toInt(), 1);
  }

  void exports_name_their_calibration_and_are_verified_with_it() {
    COMPARE_RUN(run_octet({"export", kDemoCheckpoint, "--plan", in("gptq.json"), "--calibration",
                           in("two.calibration"), "-o", in("made.safetensors")}),
                0, "");
    const auto layers = open_tensor_file(path_of(in("made.safetensors"))).metadata.at("octet_layers");
    const auto sha = made_["sha256"].toString().toStdString();
    const auto said =
        QString(R"("method":"gptq","options":{"calibration":"%1"})").arg(made_["sha256"].toString());
    QVERIFY(QString::fromStdString(layers).contains(said));
    COMPARE_RUN(run_octet({"verify", in("made.safetensors")}), 0, "");
    COMPARE_RUN(run_octet({"verify", in("made.safetensors"), "--against", kDemoCheckpoint}), 2,
                "was made with the calibration whose SHA-256 is " + QByteArray::fromStdString(sha));
    COMPARE_RUN(run_octet({"verify", in("made.safetensors"), "--against", kDemoCheckpoint, "--calibration",
                           in("two.calibration")}),
                0, "");
    // Made once, they are as they are: of the export no calibration is asked for.
    COMPARE_RUN(run_octet({"export", in("made.safetensors"), "--plan", in("gptq.json"), "-o",
                           in("again.safetensors")}),
                0, "");
    QVERIFY(content(in("again.safetensors")) == content(in("made.safetensors")));
  }

  void stock_exports_are_verified_with_their_calibration_too() {
    COMPARE_RUN(run_octet({"export", kDemoCheckpoint, "--plan", in("gptq.json"), "--calibration",
                           in("two.calibration"), "--format", "stock", "-o", in("stock.safetensors")}),
                0, "");
    COMPARE_RUN(run_octet({"verify", in("stock.safetensors"), "--against", kDemoCheckpoint, "--calibration",
                           in("two.calibration")}),
                0, "");
    const auto run = run_octet({"verify", in("stock.safetensors"), "--against", kDemoCheckpoint});
    COMPARE_RUN(run, 1, "");
    QVERIFY((run.out + run.err).contains("need the calibration it was made with: --calibration FILE"));
  }

  void plans_are_judged_with_their_calibration() {
    const QStringList judge{"validate", kDemoCheckpoint, "--set",         in("clips"), "--steps",
                            "1",        "--plan",        in("gptq.json"), "-o",        in("judged.json")};
    const QStringList with{"--calibration", in("two.calibration")};
    COMPARE_RUN(run_octet(judge + with), 0, "");
    const auto subject = QJsonDocument::fromJson(content(in("judged.json"))).object()["subject"].toObject();
    QCOMPARE(subject["calibration_sha256"].toString(), made_["sha256"].toString());
    COMPARE_RUN(run_octet(judge), 2, "is of another study: its calibration_sha256 is another");
    COMPARE_RUN(run_octet(QStringList{"export", kDemoCheckpoint, "--plan", in("gptq.json"), "-o",
                                      in("judged.safetensors"), "--card", in("judged.md"), "--validation",
                                      in("judged.json")} +
                          with),
                0, "");
    QVERIFY(content(in("judged.md")).contains("By 2 clips against every layer"));
    QVERIFY(content(in("judged.md")).contains("(`listen` of "));
  }

  void without_a_calibration_layers_are_kept_and_it_is_said() {
    const auto run = run_octet({"plan", "show", in("gptq.json"), kDemoCheckpoint});
    COMPARE_RUN(run, 0,
                "of the layers that ask for gptq are not int8: it needs a calibration, and none is given");
    QVERIFY(run.out.contains("kept fp32: gptq needs a calibration, and none is given"));
    const auto with =
        run_octet({"plan", "show", in("gptq.json"), kDemoCheckpoint, "--calibration", in("two.calibration")});
    COMPARE_RUN(with, 0, "");
    QVERIFY(!with.out.contains("needs a calibration"));
  }

  void a_plan_that_names_its_calibration_takes_no_other() {
    const auto plan_with = [&](const QString& sha256) {
      const QString plan = R"({"format": "octet-plan", "version": 1, "base": "fp32", "rules": [
        {"match": "mel2wav.conv_pre", "precision": "int8", "method": "gptq", "options": {"calibration": "%1"}}]})";
      write_bytes(path_of(in("pinned.json")), plan.arg(sha256).toStdString());
      return run_octet(
                 {"plan", "show", in("pinned.json"), kDemoCheckpoint, "--calibration", in("two.calibration")})
          .out;
    };
    QVERIFY(!plan_with(made_["sha256"].toString()).contains("another calibration"));
    QVERIFY(plan_with(QString(64, 'a'))
                .contains("the plan asks for another calibration than the one that is given"));
  }

  void a_calibration_that_nothing_takes_is_said_to_be_unused() {
    COMPARE_RUN(run_octet({"export", kDemoCheckpoint, "--plan", "seed", "--calibration",
                           in("two.calibration"), "--dry-run"}),
                0, "two.calibration is not used: no layer is made with a calibration");
    // Which of these are by one scale, its ranges tell.
    write_bytes(path_of(in("dynamic.json")),
                R"({"format": "octet-plan", "version": 1, "base": "fp32", "rules": [
      {"match": "flow.encoder_proj", "precision": "int8", "method": "dynamic"},
      {"match": "speaker_encoder.xvector.block1.tdnnd1.linear1", "precision": "int8", "method": "dynamic"}]})");
    const auto run = run_octet({"export", kDemoCheckpoint, "--plan", in("dynamic.json"), "--calibration",
                                in("two.calibration"), "--dry-run"});
    COMPARE_RUN(run, 0, "stored outside flow and vocoder, where no calibration listens (layers: 1)");
    QVERIFY(!run.err.contains("is not used"));
  }

  void a_calibration_without_what_it_is_for_is_refused() {
    COMPARE_RUN(run_octet({"synth", kDemoCheckpoint, "--calibration", in("two.calibration"), "--source",
                           in("clips/ref00_en_f_nora.wav"), "--reference", in("clips/ref00_en_f_nora.wav"),
                           "-o", in("spoken.wav")}),
                2, "a calibration is for the layers of a plan");
    COMPARE_RUN(run_octet({"plan", "show", in("gptq.json"), "--calibration", in("two.calibration")}), 2,
                "a calibration is for the layers of a checkpoint");
  }

  void another_checkpoints_is_refused() {
    auto tensors = load(path_of(kDemoCheckpoint));
    tensors.at("flow.input_embedding.weight").bytes[1] ^= 1;
    save(path_of(in("another.safetensors")), tensors, open_tensor_file(path_of(kDemoCheckpoint)).metadata);
    COMPARE_RUN(run_octet({"export", in("another.safetensors"), "--plan", in("gptq.json"), "--calibration",
                           in("two.calibration"), "--dry-run"}),
                3, "two.calibration is a calibration of the checkpoint with SHA-256");
  }

  void clips_that_tell_little_are_refused_or_doubted() {
    QVERIFY(QDir(in("")).mkdir("short"));
    write_tones(in("short/click.wav"), 24000, 1, 0.04);
    COMPARE_RUN(
        run_octet({"calibrate", kDemoCheckpoint, "--clips", in("short"), "-o", in("short.calibration")}), 3,
        "none of the 1 clips");
    QVERIFY(!QFile::exists(in("short.calibration")));
    COMPARE_RUN(
        run_octet({"calibrate", in("made.safetensors"), "--clips", in("clips"), "-o", in("x.calibration")}),
        3, "is an export");
  }

  void layers_are_listed_with_what_rounding_does_to_them() {
    write_bytes(path_of(in("plain.json")),
                R"({"format": "octet-plan", "version": 1, "base": "fp32", "rules": [
      {"match": "mel2wav.{f0_predictor,ups}.*", "precision": "int8"}]})");
    const auto run =
        run_octet({"layers", kDemoCheckpoint, "--plan", in("plain.json"), "--plan", in("gptq.json"),
                   "--calibration", in("two.calibration"), "--inputs", in("two.calibration"), "--json"});
    COMPARE_RUN(run, 0,
                "share clips, which favours what is made with them: ref00_en_f_nora, ref01_en_m_kumo");
    const auto layers = run.json()["layers"].toArray();
    QVERIFY(layers.size() > 6);
    for (const auto& layer : layers) {
      const auto errors = layer.toObject()["relative_errors"].toArray();
      QVERIFY(errors[0].toDouble() > 0 && errors[0].toDouble() < 1e-2);
      QVERIFY(errors[1].toDouble() <= errors[0].toDouble());
    }
  }

 private:
  QString in(const QString& name) const { return folder_.filePath(name); }

  QTemporaryDir folder_;
  QJsonObject made_;
};

QTEST_GUILESS_MAIN(TestCalibrated)
#include "test_calibrated.moc"
