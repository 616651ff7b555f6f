#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace octet {

/// What the method weight-only lets a plan choose (docs/formats.md, "Clipping", "Groups and zero
/// points").
struct WeightOnlyOptions {
  /// Where a channel's weights are cut off, which decides its scale.
  enum class Clip {
    none,        ///< at the largest: nothing is cut off
    mse,         ///< where the sum of squared errors is least
    percentile,  ///< at a percentile of their absolute values
  };
  Clip clip = Clip::none;
  double percentile = 99.9;  ///< from 50 to less than 100; 99.9 unless `clip` is percentile

  /// Inputs, kernel included, that share a scale: 32, 64 or 128; 0 for all of an output channel.
  std::int64_t group = 0;
  bool asymmetric = false;  ///< whether each scale has a zero point; weights are not clipped then

  /// Whether the bias makes up for what rounding takes from outputs in the mean (bias_correction.h).
  bool bias_correction = false;
  std::string calibration = {};  ///< as of GptqOptions; empty without bias_correction

  /// Whether weights are made and stored by groups, which may be one a channel.
  bool in_groups() const { return group != 0 || asymmetric; }

  bool operator==(const WeightOnlyOptions&) const = default;
};

/// Reads a JSON object; an empty text is none. Throws Error(usage) naming an unknown key or a value that is
/// not one.
WeightOnlyOptions parse_weight_only_options(std::string_view json);

/// Compact JSON with sorted keys, defaults left out, empty when nothing is left: equal options, equal texts.
/// parse_weight_only_options(format_options(o)) == o.
std::string format_options(const WeightOnlyOptions& options);

}  // namespace octet
