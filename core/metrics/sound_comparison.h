#pragma once

#include <string>
#include <vector>

#include "core/audio/sound_file.h"

namespace octet {

/// What one measure said; `measure` is an id of metrics/table.h. NaN: not defined for these signals.
struct Score {
  std::string measure;
  double value = 0;
};

/// All measures that need no model, on two sounds.
struct SoundComparison {
  int sample_rate = 0;             ///< Hz, at which they were compared
  double seconds = 0;              ///< of the part compared
  std::vector<std::string> notes;  ///< what was done to make them comparable, a sentence each
  std::vector<Score> scores;       ///< in the order of the table
};

/// Compares as `octet measure` does: the mean of channels; different rates at the lower of the two, resampled
/// as the model's input is; different lengths over the common part.
SoundComparison compare_sounds(const Sound& reference, const Sound& test);

/// {"format": "octet-measure", "version": 1, "sample_rate", "seconds", "notes", "measures": [{"id", "name",
/// "unit", "better", "value"}]}; a value that is not defined is null. Keys in this order.
std::string to_json(const SoundComparison& comparison);

/// The same as aligned text for a person.
std::string to_table(const SoundComparison& comparison);

}  // namespace octet
