#pragma once

namespace octet {

/// How frequencies lie along an axis.
enum class FrequencyScale { mel, linear, log };

/// Where a frequency lies on the axis: mel (Slaney), Hz, or octaves above 50 Hz. Rises with `hz` from 0 on;
/// on the log axis all below 50 Hz lies at 0.
double position_of(FrequencyScale scale, double hz);
/// The frequency in Hz at a place of the axis.
double frequency_at(FrequencyScale scale, double position);

}  // namespace octet
