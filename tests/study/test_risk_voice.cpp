// The risks to a voice: Snake's curves, the speaker, pitch; and which parts are to blame.

#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/audio/sound_file.h"
#include "core/metrics/speaker_cosine.h"
#include "core/sets/reference_set.h"
#include "core/study/risk.h"
#include "core/study/risk_blame.h"
#include "core/synthesis/bound_model.h"
#include "tests/demo_voice.h"

using namespace octet;
using namespace octet::test;

class TestRiskVoice : public QObject {
  Q_OBJECT

  static ResolvedPlan resolved(std::string_view preset_name, Precision base) {
    return resolve(plan_of(preset_name, base), demo_checkpoint()->layers());
  }

  const Engine engine_{demo_checkpoint(), {.threads = 1}};
  const ResolvedPlan nothing_ = resolved("all-base", Precision::fp32),
                     half_ = resolved("all-base", Precision::bf16);

  static ResolvedPlan int8(const std::string& match) {
    auto plan = plan_of("all-base", Precision::fp32);
    plan.rules.push_back({.match = match, .choice = {.precision = Precision::int8}});
    return resolve(plan, demo_checkpoint()->layers());
  }

  /// A sound, a few words of it said in the voice that fp32 takes from it.
  ComparisonClip heard(const std::filesystem::path& folder, const std::string& name) const {
    auto sound = std::make_shared<const Sound>(read_sound(folder / name));
    ComparisonClip clip{name, spoken(9), sound, folder / name};
    clip.request.voice = engine_.condition(*engine_.bind(nothing_), *sound, {});
    return clip;
  }

  /// A reference set of clips of the demo's and who speaks in them.
  static QTemporaryDir set_of(const std::vector<std::pair<std::string, std::string>>& clips) {
    QTemporaryDir folder;
    const std::filesystem::path path = folder.path().toStdString();
    ReferenceSet set{"voices", {}};
    for (const auto& [file, speaker] : clips) {
      std::filesystem::copy_file(demo_voice_folder() / "clips" / file, path / file);
      auto& clip = set.clips.emplace_back();
      clip.file = file;
      clip.sha256 = hash_of_clip(path / file);
      clip.seconds = 1;
      clip.speaker = speaker;
    }
    std::ofstream(set_file(path)) << format_set(set);
    return folder;
  }

  static QStringList parts(const std::vector<BlamedPart>& blamed) {
    QStringList names;
    for (const auto& [part, error] : blamed) names << QString::fromStdString(part);
    return names;
  }

 private Q_SLOTS:
  void parts_are_named_up_to_their_number() {
    QCOMPARE(part_of("mel2wav.resblocks.3.convs1.0"), std::string("mel2wav.resblocks.3"));
    QCOMPARE(part_of("flow.decoder.estimator.mid_blocks.11.1.0.ff.net.0.proj"),
             std::string("flow.decoder.estimator.mid_blocks.11"));
    QCOMPARE(part_of("speaker_encoder.xvector.block1.tdnnd1.linear1"),
             std::string("speaker_encoder.xvector.block1"));
    QCOMPARE(part_of("mel2wav.conv_post"), std::string("mel2wav.conv_post"));
    QCOMPARE(part_of("mel2wav.f0_predictor.condnet.0"), std::string("mel2wav.f0_predictor.condnet.0"));
  }

  /// Where one part is all there is of a plan, its error alone is the plan's, to the bit.
  void what_is_rounded_is_to_blame() {
    const std::vector<ComparisonClip> clip{{"one", spoken(9)}};
    const auto istft = risk_of_istft(engine_, int8("mel2wav.resblocks.0.*"), clip, {});
    QCOMPARE(parts(istft.blamed), QStringList{"mel2wav.resblocks.0"});
    QVERIFY(istft.blamed.front().error == istft.plan.waveform);
    QVERIFY(risk_of_istft(engine_, nothing_, clip, {}).blamed.empty());
  }

  void exact_alphas_change_no_curve() {
    const auto risk = risk_of_snake(engine_, nothing_, {{"one", spoken(9)}}, {});
    int channels = 0;
    for (const auto& layer : demo_checkpoint()->layers())
      if (layer.type == LayerType::snake) channels += static_cast<int>(layer.parameters());
    QCOMPARE(risk.channels, channels);
    QCOMPARE(risk.largest.plan, 0.0);
    QVERIFY(risk.mean.bf16 > 0 && risk.largest.bf16 >= risk.mean.bf16);
    // Eight bits for a layer's whole range: small alphas, for which 1/alpha is large, lose most.
    QVERIFY2(risk.mean.int8 > risk.mean.bf16,
             qPrintable(QString("%1 %2").arg(risk.mean.int8).arg(risk.mean.bf16)));
    QCOMPARE(risk.worst.size(), std::size_t(10));
    for (const auto& channel : risk.worst) {
      QCOMPARE(channel.rounded.plan, channel.alpha);
      // Half a unit of eight bits of mantissa.
      QVERIFY(std::abs(channel.rounded.bf16 - channel.alpha) <= std::abs(channel.alpha) / 256);
      QVERIFY(channel.reach > 0);
    }
  }

  void curves_are_those_of_the_paper() {
    const auto risk = risk_of_snake(engine_, half_, {{"one", spoken(9)}}, {});
    QCOMPARE(risk.largest.plan, risk.largest.bf16);
    QCOMPARE(risk.curves.size(), std::size_t(3));
    const auto& curve = risk.curves[0];
    const auto& channel = risk.worst[0];
    QCOMPARE(curve.layer, channel.layer);
    QCOMPARE(curve.x.front(), -channel.reach);
    for (std::size_t i = 0; i < curve.x.size(); ++i) {
      const double x = curve.x[i];
      const auto by_hand = [&](double a) { return x + std::pow(std::sin(a * x), 2) / (a + 1e-9); };
      // fp64 against fp64: a few units in the last place of numbers of this size.
      const double tolerance = 1e-12 * (1 + std::abs(by_hand(channel.alpha)));
      QVERIFY(std::abs(curve.exact[i] - by_hand(channel.alpha)) < tolerance);
      QVERIFY(std::abs(curve.bf16[i] - by_hand(channel.rounded.bf16)) < 1e-12 + tolerance);
    }
    for (std::size_t i = 1; i < risk.worst.size(); ++i)
      QVERIFY(risk.worst[i - 1].error.plan >= risk.worst[i].error.plan);
    const auto json = nlohmann::json::parse(to_json(risk));
    QCOMPARE(json.at("risk"), "snake");
    QCOMPARE(json.at("curves")[0].at("int8").size(), curve.x.size());
    QVERIFY(QByteArray::fromStdString(to_table(risk)).contains(channel.layer.c_str()));
  }

  void a_voice_is_compared_by_every_encoder() {
    const auto folder = set_of({{"ref00_en_f_nora.wav", "nora"},
                                {"ref01_en_m_kumo.flac", "kumo"},
                                {"ref09_en_f_nora.flac", "nora"}});
    const std::vector<ComparisonClip> clips{heard(folder.path().toStdString(), "ref00_en_f_nora.wav")};
    const auto risk = risk_of_speaker(engine_, nothing_, clips, {});
    QCOMPARE(risk.encoders.size(), std::size_t(4));
    const auto& [fp32, bf16, int8, plan] =
        std::tie(risk.encoders[0], risk.encoders[1], risk.encoders[2], risk.encoders[3]);
    QVERIFY(std::abs(plan.cosine - 1) < 1e-12 && std::abs(plan.lowest - 1) < 1e-12);
    QVERIFY(bf16.cosine < 1 - 1e-9 && bf16.lowest <= bf16.cosine);
    QVERIFY(int8.cosine < 1 - 1e-9);
    // The voice is fp32's own, so that taking it anew changes nothing.
    QVERIFY(std::abs(risk.cached - 1) < 1e-12);
    QVERIFY(std::abs(risk.fresh - 1) < 1e-12);
    QVERIFY(risk.blamed.empty());

    // One clip is spoken; the whole set's sounds are heard.
    const auto model = engine_.bind(nothing_);
    const auto embedding = [&](const char* file) {
      return engine_.embed(*model, read_sound(demo_voice_folder() / "clips" / file), {});
    };
    const auto nora = embedding("ref00_en_f_nora.wav"), kumo = embedding("ref01_en_m_kumo.flac"),
               nora_again = embedding("ref09_en_f_nora.flac");
    QCOMPARE(risk.sounds, 3);
    QCOMPARE(risk.same_pairs, 1);
    QCOMPARE(risk.other_pairs, 2);
    QCOMPARE(fp32.same_speaker, speaker_cosine(nora_again, nora));
    QCOMPARE(fp32.other_speaker, std::max(speaker_cosine(nora, kumo), speaker_cosine(kumo, nora_again)));
    QCOMPARE(fp32.margin(), fp32.same_speaker - fp32.other_speaker);
    QVERIFY(doubts(risk).empty());
  }

  void what_cannot_be_heard_is_left_out_and_said() {
    const auto folder = set_of({{"ref00_en_f_nora.wav", "nora"}, {"ref09_en_f_nora.flac", "nora"}});
    QVERIFY(QFile::remove(folder.filePath("ref09_en_f_nora.flac")));
    const auto risk =
        risk_of_speaker(engine_, nothing_, {heard(folder.path().toStdString(), "ref00_en_f_nora.wav")}, {});
    QCOMPARE(risk.sounds, 1);
    const auto said = doubts(risk);
    QCOMPARE(said.size(), std::size_t(2));
    QVERIFY2(said[0].starts_with("left out of the margin: ref09_en_f_nora.flac: "), said[0].c_str());
  }

  void a_set_of_one_speaker_has_no_margin() {
    const auto folder = set_of({{"ref00_en_f_nora.wav", "nora"}, {"ref09_en_f_nora.flac", "nora"}});
    const auto risk =
        risk_of_speaker(engine_, nothing_, {heard(folder.path().toStdString(), "ref00_en_f_nora.wav")}, {});
    QCOMPARE(risk.same_pairs, 1);
    QCOMPARE(risk.other_pairs, 0);
    QVERIFY(std::isnan(risk.encoders[0].margin()));
    const auto said = doubts(risk);
    QCOMPARE(said.size(), std::size_t(1));
    QVERIFY2(said[0].find("one speaker only") != std::string::npos, said[0].c_str());
  }

  void speakers_that_are_not_known_are_no_pairs() {
    auto clip = heard(demo_voice_folder() / "clips", "ref00_en_f_nora.wav");
    clip.file.clear();
    const auto risk = risk_of_speaker(engine_, half_, {clip, {"tokens", spoken(9)}}, {});
    QCOMPARE(risk.same_pairs + risk.other_pairs, 0);
    QVERIFY2(doubts(risk).at(0).find("who speaks") != std::string::npos, doubts(risk).at(0).c_str());
    QVERIFY(risk.cached < 1 && risk.fresh < 1);
    QVERIFY(!risk.blamed.empty());
    QVERIFY(risk.blamed[0].part.starts_with("speaker_encoder."));
    const auto json = nlohmann::json::parse(to_json(risk));
    QVERIFY(json.at("encoders")[0].at("margin").is_null());
    QVERIFY_THROWS_EXCEPTION(Error, risk_of_speaker(engine_, half_, {{"tokens", spoken(9)}}, {}));
  }

  void a_pitch_that_is_exact_has_no_error() {
    const auto risk = risk_of_pitch(engine_, nothing_, {{"long", spoken(40)}}, {});
    QCOMPARE(risk.plan.cents, 0.0);
    QCOMPARE(risk.plan.voicing, 0.0);
    QCOMPARE(risk.plan.own_source, 0.0);  // the source made here is the synthesis's own, to the bit
    QCOMPARE(risk.plan.fp32_source, 0.0);
    QVERIFY(risk.bf16.cents > 0 && risk.bf16.own_source > 0);
    QVERIFY(risk.blamed.empty());
    // The course is what its root mean square is of, frame by frame.
    const auto& [clip, hertz, plan, bf16] = risk.course;
    QCOMPARE(clip, std::string("long"));
    QCOMPARE(hertz.size(), std::size_t(80));  // two frames a token
    double squares = 0;
    int both = 0;
    for (std::size_t i = 0; i < hertz.size(); ++i) {
      QVERIFY(hertz[i] == 0 || hertz[i] > 10);
      QCOMPARE(std::isnan(plan[i]), hertz[i] == 0);
      QVERIFY(std::isnan(plan[i]) || plan[i] == 0);
      if (std::isnan(bf16[i])) continue;
      squares += bf16[i] * bf16[i];
      ++both;
    }
    QVERIFY(both > 0);
    // fp64 summed in another order.
    QVERIFY(std::abs(std::sqrt(squares / both) - risk.bf16.cents) < 1e-9 * risk.bf16.cents);
  }

  void errors_of_pitch_are_told_from_those_of_the_vocoder() {
    const std::vector<ComparisonClip> clip{{"long", spoken(40)}};
    const auto pitch = risk_of_pitch(engine_, int8("mel2wav.f0_predictor.condnet.*"), clip, {});
    QVERIFY(pitch.plan.cents > 0);
    QVERIFY(pitch.plan.own_source > 0);
    QCOMPARE(pitch.plan.fp32_source, 0.0);
    QVERIFY(!pitch.blamed.empty());
    QVERIFY(pitch.blamed[0].part.starts_with("mel2wav.f0_predictor.condnet."));
    const auto vocoder = risk_of_pitch(engine_, int8("mel2wav.resblocks.*"), clip, {});
    QCOMPARE(vocoder.plan.cents, 0.0);
    QVERIFY(vocoder.plan.own_source > 0);
    QVERIFY(vocoder.plan.own_source == vocoder.plan.fp32_source);
    QVERIFY(QByteArray::fromStdString(to_table(pitch)).contains(" cents"));
  }
};

QTEST_GUILESS_MAIN(TestRiskVoice)
#include "test_risk_voice.moc"
