#pragma once

#include <string>
#include <vector>

#include "core/metrics/clip_comparison.h"

namespace octet {

// Where rounding weights is known to go wrong in S3Gen, each looked at by itself: a plan against every layer
// in fp32 under the same noise, beside every layer in bf16 against the same. Errors are |test - reference| /
// |reference| over all values of a clip (L2) where nothing else is said; figures are means over clips. All
// throw like Engine::synthesize.

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
};
StepsRisk risk_of_steps(const Engine& engine, const PrecisionPlan& plan,
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
  std::vector<Worst> worst;  ///< of the plan, five at most, worst first
};
IstftRisk risk_of_istft(const Engine& engine, const PrecisionPlan& plan,
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
NoiseRisk risk_of_noise(const Engine& engine, const PrecisionPlan& plan,
                        const std::vector<ComparisonClip>& clips, double speech_level,
                        const JobControl& control);

/// "format": "octet-risk", "version": 1 (docs/formats.md).
std::string to_json(const StepsRisk& risk);
std::string to_json(const IstftRisk& risk);
std::string to_json(const NoiseRisk& risk);
/// As aligned text.
std::string to_table(const StepsRisk& risk);
std::string to_table(const IstftRisk& risk);
std::string to_table(const NoiseRisk& risk);

}  // namespace octet
