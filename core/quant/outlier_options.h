#pragma once

#include <string>
#include <string_view>

namespace octet {

/// What the method llm-int8 lets a plan choose (docs/formats.md, "Outliers").
struct OutlierOptions {
  /// Where the features that are not rounded are found.
  enum class Found {
    in_input,        ///< in each input as it comes
    in_calibration,  ///< once, in what a calibration heard
  };
  /// A feature of an input in which a number is at least this large is not rounded: 0 for all of them,
  /// infinity for none.
  double threshold = 6;
  Found found = Found::in_input;
  /// As of GptqOptions; empty where outliers are found in the input.
  std::string calibration = {};

  bool operator==(const OutlierOptions&) const = default;
};

/// As parse_weight_only_options; infinity, which JSON has no number for, is the text "infinity".
OutlierOptions parse_outlier_options(std::string_view json);
/// As for WeightOnlyOptions.
std::string format_options(const OutlierOptions& options);

}  // namespace octet
