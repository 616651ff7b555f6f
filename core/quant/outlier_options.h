#pragma once

#include <string>
#include <string_view>

namespace octet {

/// What the method llm-int8 lets a plan choose (docs/formats.md, "Outliers").
struct OutlierOptions {
  /// A feature of an input in which a number is at least this large is not rounded: 0 for all of them,
  /// infinity for none.
  double threshold = 6;

  bool operator==(const OutlierOptions&) const = default;
};

/// As parse_weight_only_options; infinity, which JSON has no number for, is the text "infinity".
OutlierOptions parse_outlier_options(std::string_view json);
/// As for WeightOnlyOptions.
std::string format_options(const OutlierOptions& options);

}  // namespace octet
