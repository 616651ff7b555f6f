#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/audio/sound_file.h"
#include "core/metrics/alignment.h"
#include "core/metrics/predicted_mos.h"

namespace octet {

/// What one measure said; `measure` is an id of metrics/table.h. NaN: not defined for these signals.
struct Score {
  std::string measure;
  double value = 0;
};

/// All measures that need no model, on two sounds.
struct SoundComparison {
  int sample_rate = 0;  ///< Hz, at which they were compared
  double seconds = 0;   ///< of the part compared
  /// A sentence each: what was done to make them comparable, and why the figures may not mean what they seem
  /// to.
  std::vector<std::string> warnings;
  std::vector<Score> scores;           ///< of the sounds as they lie, in the order of the table
  std::optional<Alignment> alignment;  ///< where the test is shifted or inverted; lags at `sample_rate`
  std::vector<Score> aligned_scores;   ///< the same with that undone; empty without an alignment
};

/// Compares as `octet measure` does: the mean of channels; different rates at the lower of the two, resampled
/// as the model's input is; different lengths over the common part. Warns of these, of doubtful sounds
/// (core/audio/sound_doubts.h), and of a test that is the reference shifted or inverted.
SoundComparison compare_sounds(const Sound& reference, const Sound& test,
                               Predictions predictions = Predictions::left_out);

/// {"format": "octet-measure", "version": 1, "sample_rate", "seconds", "warnings", "alignment":
/// {"lag_samples", "lag_seconds", "inverted", "correlation"} or null, "measures": [{"id", "name", "unit",
/// "group", "group", "better", "value", "aligned_value"}]}; a value that is not defined is null, and the last
/// key is there only with an alignment. Keys in this order.
std::string to_json(const SoundComparison& comparison);

/// The same as a table for a person, but for the warnings.
std::string to_table(const SoundComparison& comparison);

}  // namespace octet
