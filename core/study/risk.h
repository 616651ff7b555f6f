#pragma once

#include <string>
#include <vector>

#include "core/metrics/clip_comparison.h"

namespace octet {

// Where rounding weights is known to go wrong in S3Gen, each looked at by itself: a plan against every layer
// in fp32 under the same noise, beside every layer in bf16 against the same. Errors are |test - reference| /
// |reference| over all values of a clip (L2) where nothing else is said; figures are means over clips. All
// throw like Engine::synthesize.

/// A part of the model, named up to its first numbered part ("mel2wav.resblocks.3"), and the error that the
/// plan's weights of it make alone, all else being fp32's, of the first clip.
struct BlamedPart {
  std::string part;
  double error = 0;
};

/// How an error of the flow grows over Euler steps.
struct StepsRisk {
  /// With so many steps: the error of the state after each.
  struct Course {
    int steps = 0;
    std::vector<double> plan, bf16;
  };
  /// The plan's estimator in these of ten steps only, counted from 1, fp32's in the others, given what fp32's
  /// encoder gives: the error of the last state.
  struct Window {
    int first = 0, last = 0;
    double error = 0;
  };
  /// At fp32's own state before each of ten steps: the error of the slope with the condition, of that
  /// without, and of what guidance makes of both. Empty for meanflow, which has no guidance.
  struct Guidance {
    double conditional = 0, blank = 0, guided = 0;
  };
  std::vector<Course> courses;
  std::vector<Window> windows;
  std::vector<Guidance> guidance;
  std::vector<BlamedPart> blamed;  ///< of the flow, by the mel after two steps; five at most, worst first
};
StepsRisk risk_of_steps(const Engine& engine, const ResolvedPlan& plan,
                        const std::vector<ComparisonClip>& clips, const JobControl& control);

/// What the vocoder's end makes of an error: its last layer gives a logarithm of magnitudes and a phase. All
/// is made of fp32's mel and source.
struct IstftRisk {
  struct Errors {
    double before = 0;     ///< of what conv_post is given
    double magnitude = 0;  ///< dB, root mean square over bins within 60 dB of the loudest
    double phase = 0;      ///< radians, likewise
    double waveform = 0;
    double amplification() const { return before > 0 ? waveform / before : 0; }
  };
  /// A part of a clip, 10 ms, where the waveform is furthest off.
  struct Worst {
    std::string clip;
    double seconds = 0;  ///< its middle
    double error = 0;    ///< of the root mean square of the whole clip
  };
  Errors plan, bf16;
  std::vector<Worst> worst;        ///< of the plan, five at most, 50 ms apart or more, worst first
  std::vector<BlamedPart> blamed;  ///< of the vocoder, by the waveform; five at most, worst first
};
IstftRisk risk_of_istft(const Engine& engine, const ResolvedPlan& plan,
                        const std::vector<ComparisonClip>& clips, const JobControl& control);

/// The noise floor in pauses by thirds of an octave, and whether it is heard.
struct NoiseRisk {
  struct Band {
    double centre = 0;                                          ///< Hz
    bool marked = false;                                        ///< 1 to 4 kHz, where ears are keenest
    double reference = 0, plan = 0, bf16 = 0, other_noise = 0;  ///< dB SPL
    double threshold = 0;                                ///< of hearing in quiet, dB SPL (Terhardt 1979)
    double audible() const { return plan - threshold; }  ///< dB over it
  };
  double speech_level = 0;  ///< dB SPL that the reference's root mean square is played at
  std::vector<Band> bands;
};
NoiseRisk risk_of_noise(const Engine& engine, const ResolvedPlan& plan,
                        const std::vector<ComparisonClip>& clips, double speech_level,
                        const JobControl& control);

/// What rounding alpha makes of Snake, x + sin^2(alpha x) / (alpha + 1e-9), channel by channel, of what
/// fp32's vocoder gives it. Errors are of all that the clips give a channel at once.
struct SnakeRisk {
  /// A channel's alpha in each way of storing it, or the error it makes of what the channel gives.
  struct Ways {
    double plan = 0, bf16 = 0;
    double int8 = 0;  ///< eight bits for the layer's range, which no plan may ask for
  };
  struct Channel {
    std::string layer;
    int channel = 0;   ///< of the layer, from 0
    double alpha = 0;  ///< exact
    Ways rounded, error;
    double reach = 0;  ///< the largest |x| that it is given
  };
  /// What a channel makes of inputs over its reach.
  struct Curve {
    std::string layer;
    int channel = 0;
    std::vector<double> x, exact, plan, bf16, int8;
  };
  int channels = 0;            ///< all there are
  Ways mean, largest;          ///< of errors, over all channels
  std::vector<Channel> worst;  ///< those that change most, by the plan, then by int8; ten at most
  std::vector<Curve> curves;   ///< of the three worst
};
SnakeRisk risk_of_snake(const Engine& engine, const ResolvedPlan& plan,
                        const std::vector<ComparisonClip>& clips, const JobControl& control);

/// Whether a voice stays itself: embeddings of the clips' sounds, by speaker encoders in several precisions.
/// Cosines are -1 to 1, NaN where there is nothing to take one of.
struct SpeakerRisk {
  struct Encoder {
    std::string name;          ///< "fp32", "bf16", "int8" (every layer of it that can be), "plan"
    double cosine = 0;         ///< with fp32's of the same sound, mean over sounds
    double lowest = 0;         ///< and the lowest
    double same_speaker = 0;   ///< lowest of two sounds of one speaker
    double other_speaker = 0;  ///< highest of two sounds of different ones
    double margin() const { return same_speaker - other_speaker; }
  };
  std::vector<Encoder> encoders;
  int sounds = 0;                       ///< that they heard
  int same_pairs = 0, other_pairs = 0;  ///< of sounds whose speakers are known
  std::vector<std::string> left_out;    ///< of the sets: a file that could not be heard, and why
  /// Of what the plan says, as fp32's encoder hears it, with what fp32 says; means over clips: in the voice
  /// that comes with the clip (cached), and in that which the plan's own encoders take from its sound.
  double cached = 0, fresh = 0;
  std::vector<BlamedPart> blamed;  ///< of the encoder, by 1 - cosine; five at most, worst first
};
/// Encoders hear the clips and, as that is cheap, all other sounds of the reference sets that they lie in,
/// which say who speaks. Clips that no sound is kept of are left out; throws Error(input) where that is all.
SpeakerRisk risk_of_speaker(const Engine& engine, const ResolvedPlan& plan,
                            const std::vector<ComparisonClip>& clips, const JobControl& control);
/// A sentence for each sound that was left out, and one where no margin can be told.
std::vector<std::string> doubts(const SpeakerRisk& risk);

/// What an error of f0 does: the vocoder alone, given fp32's mel.
struct PitchRisk {
  struct Errors {
    double cents = 0;        ///< of f0, root mean square over frames voiced in both (over 10 Hz); NaN: none
    double voicing = 0;      ///< share of frames that are voiced in one only
    double own_source = 0;   ///< of the waveform made of the source that its own f0 gives
    double fp32_source = 0;  ///< and of fp32's, which is A's
  };
  /// Over the first clip, 50 frames a second.
  struct Course {
    std::string clip;
    std::vector<double> hertz;       ///< of fp32; 0 where it is not voiced
    std::vector<double> plan, bf16;  ///< cents from that, NaN where it or they are not voiced
  };
  Errors plan, bf16;
  Course course;
  std::vector<BlamedPart> blamed;  ///< of the f0 predictor, by f0 in Hz; five at most, worst first
};
PitchRisk risk_of_pitch(const Engine& engine, const ResolvedPlan& plan,
                        const std::vector<ComparisonClip>& clips, const JobControl& control);

/// "format": "octet-risk", "version": 1 (docs/formats.md).
std::string to_json(const StepsRisk& risk);
std::string to_json(const IstftRisk& risk);
std::string to_json(const NoiseRisk& risk);
std::string to_json(const SnakeRisk& risk);
std::string to_json(const SpeakerRisk& risk);
std::string to_json(const PitchRisk& risk);
/// As aligned text.
std::string to_table(const StepsRisk& risk);
std::string to_table(const IstftRisk& risk);
std::string to_table(const NoiseRisk& risk);
std::string to_table(const SnakeRisk& risk);
std::string to_table(const SpeakerRisk& risk);
std::string to_table(const PitchRisk& risk);

}  // namespace octet
