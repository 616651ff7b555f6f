#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace octet {

/// What the method adaround lets a plan choose (docs/formats.md, "AdaRound").
struct AdaRoundOptions {
  std::int64_t steps = 300;  ///< of the descent: 1 to 10000
  std::int64_t group = 0;    ///< as of weight-only
  std::string calibration;   ///< as of GptqOptions

  bool operator==(const AdaRoundOptions&) const = default;
};

/// As parse_weight_only_options.
AdaRoundOptions parse_adaround_options(std::string_view json);

/// As format_options of WeightOnlyOptions.
std::string format_options(const AdaRoundOptions& options);

}  // namespace octet
