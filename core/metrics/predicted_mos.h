#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "core/metrics/distill_mos.h"
#include "core/progress.h"

namespace octet {

/// Whether what listeners would say is predicted: a second or more for each clip and run on a core.
enum class Predictions { left_out, made };

/// What listeners would say of a sound, as two networks predict it: mean opinion scores, 1 … 5 but for what
/// the first is off by, higher is better.
struct PredictedMos {
  double speech = 0;      ///< SIG: how natural, not distorted, the speech is
  double background = 0;  ///< BAK: how little noise intrudes
  double overall = 0;     ///< OVRL
  double distilled = 0;   ///< of all of it, by the other network (core/metrics/distill_mos.h)
};

/// DNSMOS P.835 (Reddy, Gopal and Cutler 2022; microsoft/DNS-Challenge), as PyPI's speechmos 0.0.1.1 has it;
/// resources/dnsmos has the weights. It was trained on noisy speech and what noise suppressors make of it, at
/// 16 kHz: it says nothing of what lies above 8 kHz and little of whose voice it is, and one clip's score
/// moves with its noise. An alarm, never a verdict. DistillMOS is asked beside it.
class MosPredictor {
 public:
  /// Throws Error(input) where the weights are missing or damaged.
  MosPredictor();
  ~MosPredictor();

  /// The mean over segments of 9.01 s, a second apart; a shorter sound is doubled until it fills one. Any
  /// rate: resampled to 16 kHz as the model's input is (core/dsp/resample.h), where speechmos leaves that to
  /// the caller. NaN of an empty sound; silence has a score, as it has in speechmos. Throws Error(input)
  /// where a sample is not finite. 20 billion multiplications a segment, a third of a second on a core; one
  /// after the other, so that memory is bounded by one. Reports and stops by segments.
  PredictedMos operator()(std::span<const float> sound, int sample_rate, const JobControl& control) const;

 private:
  struct Network;
  std::unique_ptr<const Network> network_;
  DistillMos distilled_;
};

/// What a measure of the group "predicted" says. Throws Error(usage) of any other.
double predicted_score(std::string_view measure, const PredictedMos& reference, const PredictedMos& test);

}  // namespace octet
