#include "core/quant/outlier_options.h"

#include <cmath>
#include <limits>

#include "core/quant/option_values.h"

namespace octet {
namespace {

using nlohmann::json;

constexpr std::string_view kInfinity = "infinity", kInput = "input", kCalibration = "calibration";

const OptionValues& outlier_values() {
  static const OptionValues values("llm-int8",
                                   "known: \"threshold\": a number from 0 on, or \"infinity\"; \"outliers\": "
                                   "\"input\" or \"calibration\"; beside the last one \"calibration\": the "
                                   "SHA-256 of the one to take");
  return values;
}

double threshold_of(const json& value) {
  if (value == kInfinity) return std::numeric_limits<double>::infinity();
  return outlier_values().number("threshold", value, 0, std::numeric_limits<float>::max());
}

}  // namespace

OutlierOptions parse_outlier_options(std::string_view text) {
  OutlierOptions options;
  const auto object = outlier_values().object(text);
  for (const auto& [key, value] : object.items()) {
    if (key == "threshold") {
      options.threshold = threshold_of(value);
    } else if (key == "outliers") {
      if (value != kInput && value != kCalibration) outlier_values().refuse("outliers is " + value.dump());
      options.found =
          value == kInput ? OutlierOptions::Found::in_input : OutlierOptions::Found::in_calibration;
    } else if (key == kCalibration) {
      options.calibration = outlier_values().sha256(key, value);
    } else {
      outlier_values().refuse(fmt::format("\"{}\" is unknown", key));
    }
  }
  if (!options.calibration.empty() && options.found == OutlierOptions::Found::in_input)
    outlier_values().refuse("calibration without \"outliers\": \"calibration\"");
  return options;
}

std::string format_options(const OutlierOptions& options) {
  const OutlierOptions defaults;
  const auto& threshold = options.threshold;
  auto object = json::object();
  if (threshold != defaults.threshold)
    object["threshold"] = std::isinf(threshold) ? json(kInfinity) : json(threshold);
  if (options.found != defaults.found) object["outliers"] = kCalibration;
  if (!options.calibration.empty()) object[kCalibration] = options.calibration;
  return object.empty() ? "" : object.dump();
}

}  // namespace octet
