#include <QTemporaryDir>
#include <QtTest>

#include "core/calibration/calibrate.h"
#include "core/calibration/layer_errors.h"
#include "core/checkpoint/calibration.h"
#include "core/synthesis/bound_model.h"
#include "core/synthesis/weight_error.h"
#include "tests/checkpoint/tensor_files.h"
#include "tests/demo_voice.h"

using namespace octet;
using namespace octet::test;

namespace {

std::vector<ComparisonClip> clips(std::size_t count) {
  std::vector<ComparisonClip> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.push_back({"clip " + std::to_string(i), spoken(6 + 2 * i, 2)});
    all.back().request.voice =
        read_conditioning(demo_voice_folder() / "conds" /
                          (i % 2 == 0 ? "voice_f_nora.safetensors" : "voice_m_kumo.safetensors"))
            .voice;
  }
  return all;
}

}  // namespace

/// Clips are streamed through the model, and what its layers are given is kept.
class TestCalibrate : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    calibrate(engine_, clips(2), {}, in("whole"), {});
    whole_ = Calibration::open(in("whole"));
  }

  void all_that_multiplies_in_flow_and_vocoder_is_in_it() {
    int layers = 0;
    for (const auto& layer : engine_.checkpoint().layers()) {
      const bool heard = layer.component == "flow" || layer.component == "mel2wav";
      const bool multiplies = layer.quantizable() && layer.type != LayerType::embedding;
      QVERIFY2(whole_->has(layer.name) == (heard && multiplies), layer.name.c_str());
      layers += heard && multiplies;
    }
    QVERIFY(layers > 100);
    const auto& origin = whole_->origin();
    QCOMPARE(origin.checkpoint_sha256, engine_.checkpoint().source_sha256());
    QCOMPARE(origin.clips.size(), 2u);
    QVERIFY(origin.clips[0].sha256 != origin.clips[1].sha256);
    QVERIFY(!std::filesystem::exists(in("whole.pass1")));
  }

  /// Two steps of guidance, both halves, over the frames of prompt and output.
  void every_step_counts_with_both_halves() {
    const auto tensors = load(in("whole"));
    std::int64_t rows[2];
    std::memcpy(rows, tensors.at("flow.decoder.estimator.mid_blocks.0.1.0.ff.net.2.rows").bytes.data(), 16);
    std::int64_t frames = 0;
    for (const auto& clip : clips(2))
      frames +=
          2 * static_cast<std::int64_t>(clip.request.tokens.size() + clip.request.voice.prompt_token.size());
    QCOMPARE(rows[0], 2 * 2 * frames);
  }

  void what_is_stopped_goes_on_to_the_same_bytes() {
    const auto stopped = error_of([&] { stop_in_the_second_clip(in("again")); });
    QCOMPARE(int(stopped.kind()), int(ErrorKind::cancelled));
    QVERIFY(!std::filesystem::exists(in("again")));
    QVERIFY(std::filesystem::exists(in("again.pass1")));
    int least = 200;
    calibrate(engine_, clips(2), {}, in("again"), {{}, [&](const Progress& progress) {
                                                     if (progress.stage == "calibrating")
                                                       least = std::min(least, progress.done);
                                                   }});
    QCOMPARE(least, 100);  // the first clip was not listened to again
    QVERIFY(read_bytes(in("again")) == read_bytes(in("whole")));
  }

  void several_passes_give_the_same_bytes() {
    int total = 0;
    calibrate(engine_, clips(2), {}, in("passes"),
              {{},
               [&](const Progress& progress) {
                 if (progress.stage == "calibrating") total = progress.total;
               }},
              /*most_sums=*/12'000'000);
    QVERIFY2(total >= 600, qPrintable(QString::number(total)));  // three passes over two clips
    QVERIFY(read_bytes(in("passes")) == read_bytes(in("whole")));
  }

  void parts_of_another_calibration_are_left_alone() {
    write_bytes(in("other.pass1"), read_bytes(in("whole")));
    COMPARE_ERROR(calibrate(engine_, clips(2), {}, in("other"), {}), input,
                  "is a part of another calibration");
    QVERIFY(read_bytes(in("other.pass1")) == read_bytes(in("whole")));
  }

  void balance_changes_what_is_made() {
    calibrate(engine_, clips(2), {.balance = CalibrationBalance::calls}, in("balanced"), {});
    QCOMPARE(Calibration::open(in("balanced"))->origin().balance, std::string("calls"));
    QVERIFY(Calibration::open(in("balanced"))->sha256() != whole_->sha256());
  }

  /// The first layer of the flow is given what it was, those behind int8 layers what these make of it.
  void layers_listen_under_a_plan_where_one_is_given() {
    auto plan = plan_of("all-base", Precision::fp32);
    plan.rules = {{.match = "flow.encoder.*", .type = LayerType::linear, .choice = {.force = true}}};
    const auto under = resolve(plan, engine_.checkpoint().layers());
    calibrate(engine_, clips(2), {.plan = under}, in("under"), {});
    const auto before = load(in("whole")), after = load(in("under"));
    const auto same = [&](const std::string& layer) {
      return before.at(layer + ".mean").bytes == after.at(layer + ".mean").bytes;
    };
    QVERIFY(same("flow.spk_embed_affine_layer"));
    QVERIFY(!same("flow.encoder_proj"));
    const auto& metadata = open_tensor_file(in("under")).metadata;
    QVERIFY(metadata.at("octet_calibration_under").find(compact_plan(plan)) != std::string::npos);
    QVERIFY(!open_tensor_file(in("whole")).metadata.contains("octet_calibration_under"));
    Calibration::open(in("under"))->require_of(engine_.checkpoint());
    QCOMPARE(int(error_of([&] { stop_in_the_second_clip(in("mixed")); }).kind()), int(ErrorKind::cancelled));
    COMPARE_ERROR(calibrate(engine_, clips(2), {.plan = under}, in("mixed"), {}), input,
                  "is a part of another calibration");
  }

  void what_is_no_calibration_of_the_checkpoint_is_refused() {
    COMPARE_ERROR((void)Calibration::open(kDemo), input, "is no calibration");
    auto tensors = load(kDemo);
    tensors.at("flow.input_embedding.weight").bytes[1] ^= 1;
    save(in("another.safetensors"), tensors, open_tensor_file(kDemo).metadata);
    const auto another = Checkpoint::open(in("another.safetensors"));
    COMPARE_ERROR(whole_->require_of(*another), input, "is a calibration of the checkpoint with SHA-256");
    whole_->require_of(engine_.checkpoint());
  }

  void little_and_one_sided_speech_is_doubted() {
    const auto voices = doubts(clips(2));
    QCOMPARE(voices.size(), 1u);
    QVERIFY2(voices[0].starts_with("0.56 s of speech are little"), voices[0].c_str());
    const auto alone = doubts(clips(1));
    QCOMPARE(alone.size(), 2u);
    QVERIFY(alone[1].find("one speaker") != std::string::npos);
    auto twice = clips(2);
    twice.push_back(twice.front());
    QVERIFY(doubts(twice)[0].find("is the same speech as a clip before it") != std::string::npos);
  }

  void clips_that_it_was_made_on_are_named_where_they_are_compared() {
    const auto three = clips(3);
    const auto said = heard_before(*whole_, three);
    QCOMPARE(said.size(), 1u);
    QVERIFY2(said[0].ends_with("which favours its plans: clip 0, clip 1"), said[0].c_str());
    QVERIFY(heard_before(*whole_, std::span(three).last(1)).empty());
  }

  /// On other clips than they are made with, 95 in 100 layers; AdaRound on a few, as it takes its time.
  void calibrated_methods_are_nearer_than_plain_rounding() {
    auto others = clips(4);
    others.erase(others.begin(), others.begin() + 2);
    calibrate(engine_, others, {}, in("held_out"), {});
    const auto held_out = Calibration::open(in("held_out"));
    const auto& layers = engine_.checkpoint().layers();
    const auto nearer = [&](const char* pattern, Method method) {
      auto plan = plan_of("all-base", Precision::fp32);
      plan.rules = {{.match = pattern, .type = {}, .choice = {.force = true}}};
      const auto plain = resolve(plan, layers);
      plan.rules.front().choice.method = method;
      const auto errors =
          output_errors(engine_.checkpoint(), {plain, resolve(plan, layers, whole_)}, *held_out, {});
      const auto better = std::ranges::count_if(
          errors, [](const LayerErrors& of) { return of.relative[1] < of.relative[0]; });
      return std::pair(static_cast<double>(better), static_cast<double>(errors.size()));
    };
    const auto [better, all] = nearer("mel2wav.*", Method::gptq);
    QVERIFY2(all > 60 && better >= 0.95 * all, qPrintable(QString("%1 of %2").arg(better).arg(all)));
    const auto [few_better, few] = nearer("mel2wav.f0_predictor.*", Method::adaround);
    QVERIFY2(few > 4 && few_better >= few - 1, qPrintable(QString("%1 of %2").arg(few_better).arg(few)));
  }

  /// Each loses the square of what it was off by in the mean.
  void corrected_biases_bring_outputs_nearer_to_those_that_were_heard() {
    const auto& layers = engine_.checkpoint().layers();
    auto plan = plan_of("all-base", Precision::fp32);
    plan.rules = {{.match = "mel2wav.*", .type = {}, .choice = {}}};
    const auto plain = resolve(plan, layers);
    plan.rules.front().choice.options = R"({"bias_correction":true})";
    const auto errors =
        output_errors(engine_.checkpoint(), {plain, resolve(plan, layers, whole_)}, *whole_, {});
    for (const auto& of : errors) QVERIFY2(of.relative[1] <= of.relative[0] * (1 + 1e-9), of.layer.c_str());
    const auto nearer = std::ranges::count_if(
        errors, [](const LayerErrors& of) { return of.relative[1] > 0 && of.relative[1] < of.relative[0]; });
    QVERIFY2(nearer > 60, qPrintable(QString::number(nearer)));
  }

  /// For one scale the nearest integer is nearest in the weight itself, so that GPTQ's are further from it.
  void what_weights_lose_is_said_of_those_made_with_it_too() {
    const auto& checkpoint = engine_.checkpoint();
    auto plan = plan_of("all-base", Precision::fp32);
    plan.rules = {{.match = "mel2wav.f0_predictor.*", .type = LayerType::conv1d, .choice = {.force = true}}};
    const auto plain = int8_weight_error(*engine_.bind(plan));
    plan.rules.front().choice.method = Method::gptq;
    const auto model = engine_.bind(resolve(plan, checkpoint.layers(), whole_));
    const auto other = engine_.bind(model->resolved());
    const auto to_load = other->bytes_to_load({"mel2wav"});
    const auto made = int8_weight_error(*model);
    QVERIFY(other->bytes_to_load({"mel2wav"}) < to_load);  // they are there now
    QCOMPARE(made.signal, plain.signal);
    QVERIFY2(made.noise > plain.noise && made.decibels() > 20, qPrintable(QString::number(made.decibels())));
  }

 private:
  void stop_in_the_second_clip(const std::filesystem::path& path) const {
    std::stop_source source;
    calibrate(engine_, clips(2), {}, path, {source.get_token(), [&](const Progress& progress) {
                                              if (progress.stage == "calibrating" && progress.done >= 100)
                                                source.request_stop();
                                            }});
  }
  std::filesystem::path in(const char* name) const { return folder_.filePath(name).toStdString(); }

  QTemporaryDir folder_;
  Engine engine_{demo_checkpoint(), {}};
  std::shared_ptr<const Calibration> whole_;
};

QTEST_GUILESS_MAIN(TestCalibrate)
#include "test_calibrate.moc"
