#include "core/quant/outlier_options.h"

#include <cmath>
#include <limits>

#include "core/quant/option_values.h"

namespace octet {
namespace {

using nlohmann::json;

constexpr std::string_view kInfinity = "infinity";

const OptionValues& values() {
  static const OptionValues values("llm-int8", "known: \"threshold\": a number from 0 on, or \"infinity\"");
  return values;
}

double threshold_of(const json& value) {
  if (value == kInfinity) return std::numeric_limits<double>::infinity();
  return values().number("threshold", value, 0, std::numeric_limits<float>::max());
}

}  // namespace

OutlierOptions parse_outlier_options(std::string_view text) {
  OutlierOptions options;
  const auto object = values().object(text);
  for (const auto& [key, value] : object.items()) {
    if (key != "threshold") values().refuse(fmt::format("\"{}\" is unknown", key));
    options.threshold = threshold_of(value);
  }
  return options;
}

std::string format_options(const OutlierOptions& options) {
  if (options == OutlierOptions()) return {};
  const auto& threshold = options.threshold;
  return json{{"threshold", std::isinf(threshold) ? json(kInfinity) : json(threshold)}}.dump();
}

}  // namespace octet
