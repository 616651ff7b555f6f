#include "core/quant/outlier_options.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace octet {
namespace {

using nlohmann::json;

constexpr std::string_view kInfinity = "infinity";

[[noreturn]] void refuse(const std::string& fault) {
  throw Error(ErrorKind::usage, "options of llm-int8: " + fault,
              "known: \"threshold\": a number from 0 on, or \"infinity\"");
}

double threshold_of(const json& value) {
  if (value == kInfinity) return std::numeric_limits<double>::infinity();
  const auto number = value.is_number() ? value.get<double>() : -1.0;
  if (!(number >= 0 && number <= std::numeric_limits<float>::max()))
    refuse(fmt::format("threshold is {}", value.dump()));
  return number;
}

}  // namespace

OutlierOptions parse_outlier_options(std::string_view text) {
  OutlierOptions options;
  if (text.empty()) return options;
  const auto object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) refuse("they are not a JSON object");
  for (const auto& [key, value] : object.items()) {
    if (key != "threshold") refuse(fmt::format("\"{}\" is unknown", key));
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
