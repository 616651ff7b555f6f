#pragma once

#include <span>
#include <string_view>

namespace octet {

/// Which way a measure improves.
enum class Better { higher, lower, nearer_zero };

std::string_view to_string(Better better);  // "higher", "lower", "nearer 0"

/// What a measure is about, in the order in which they are shown.
enum class MeasureGroup { noise, timbre, voice, level, predicted };

std::string_view to_string(MeasureGroup group);

/// One way to compare a test signal with a reference.
struct Measure {
  std::string_view id;    ///< stable name in files, such as "snr_1_4k"
  std::string_view name;  ///< for people, such as "SNR 1-4 kHz"
  std::string_view unit;  ///< "dB", or empty
  MeasureGroup group;
  Better better;
  std::string_view definition;  ///< one sentence; the header of each measure says the rest
  int decimals;                 ///< that make sense in a table
  /// The measure on two mono signals of one sample rate; nullptr for "speaker_cosine" and "token_agreement",
  /// which need the model, and for those of the group "predicted" (core/metrics/predicted_mos.h). Never
  /// infinite; NaN where it is not defined. Signals of different lengths: the common part.
  double (*compute)(std::span<const float> reference, std::span<const float> test, int sample_rate);
};

/// All measures, group after group, in the order they are shown.
std::span<const Measure> measures();

/// The score of a signal against itself, from which those of others lie away; NaN where there is no such
/// value: the score is the test signal's own, or a ratio to a difference that would be none.
double score_of_itself(const Measure& measure);

/// The measure with this id. Throws Error(usage) when there is none.
const Measure& measure_called(std::string_view id);

}  // namespace octet
