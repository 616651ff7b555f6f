#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace octet {

/// What the method gptq lets a plan choose (docs/formats.md, "GPTQ").
struct GptqOptions {
  /// In which order a row's weights are rounded.
  enum class Order {
    activation,  ///< those first whose inputs are largest over the calibration
    given,       ///< as the weight has them
  };
  std::int64_t block = 128;  ///< columns whose errors are passed on together: 1 to 4096
  double damping = 0.01;     ///< of the mean square of the inputs, added to each: 0.001 to 1
  Order order = Order::activation;
  std::int64_t group = 0;  ///< as of weight-only
  /// SHA-256 of the calibration that was used; in a plan, of the only one that it takes; empty: any.
  std::string calibration;

  bool operator==(const GptqOptions&) const = default;
};

/// As parse_weight_only_options.
GptqOptions parse_gptq_options(std::string_view json);

/// As format_options of WeightOnlyOptions.
std::string format_options(const GptqOptions& options);

}  // namespace octet
