#include "core/quant/adaround_options.h"

#include "core/quant/option_values.h"

namespace octet {
namespace {

const OptionValues& adaround_values() {
  static const OptionValues values("adaround",
                                   "known: \"steps\": 1 to 10000; \"group\": 0, 32, 64 or 128; "
                                   "\"calibration\": the SHA-256 of the one to take");
  return values;
}

}  // namespace

AdaRoundOptions parse_adaround_options(std::string_view text) {
  AdaRoundOptions options;
  const auto object = adaround_values().object(text);
  for (const auto& [key, value] : object.items()) {
    if (key == "steps")
      options.steps = adaround_values().whole(key, value, 1, 10000);
    else if (key == "group")
      options.group = adaround_values().group(value);
    else if (key == "calibration")
      options.calibration = adaround_values().sha256(key, value);
    else
      adaround_values().refuse('"' + key + "\" is unknown");
  }
  return options;
}

std::string format_options(const AdaRoundOptions& options) {
  const AdaRoundOptions defaults;
  auto object = nlohmann::json::object();
  if (options.steps != defaults.steps) object["steps"] = options.steps;
  if (options.group != defaults.group) object["group"] = options.group;
  if (!options.calibration.empty()) object["calibration"] = options.calibration;
  return object.empty() ? "" : object.dump();
}

}  // namespace octet
