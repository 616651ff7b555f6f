#include "core/quant/weight_only_options.h"

#include <array>

#include "core/quant/option_values.h"

namespace octet {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> kClips{"none", "mse", "percentile"};

const OptionValues& weight_only_values() {
  static const OptionValues values("weight-only",
                                   "known: \"clip\": \"none\", \"mse\" or \"percentile\"; "
                                   "\"percentile\": 50 to less than 100; "
                                   "\"group\": 0, 32, 64 or 128; \"asymmetric\": true or false; "
                                   "\"bias_correction\": true or false; beside true \"calibration\": the "
                                   "SHA-256 of the one to take");
  return values;
}

WeightOnlyOptions::Clip clip_of(const json& value) {
  for (std::size_t i = 0; i < kClips.size(); ++i)
    if (value == kClips[i]) return static_cast<WeightOnlyOptions::Clip>(i);
  weight_only_values().refuse(fmt::format("clip is {}", value.dump()));
}

double percentile_of(const json& value) {
  const double percentile = value.is_number() ? value.get<double>() : 0;
  if (percentile >= 50 && percentile < 100) return percentile;
  weight_only_values().refuse(fmt::format("percentile is {}", value.dump()));
}

bool truth_of(const std::string& key, const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  weight_only_values().refuse(fmt::format("{} is {}", key, value.dump()));
}

}  // namespace

WeightOnlyOptions parse_weight_only_options(std::string_view text) {
  WeightOnlyOptions options;
  const auto object = weight_only_values().object(text);
  for (const auto& [key, value] : object.items()) {
    if (key == "clip")
      options.clip = clip_of(value);
    else if (key == "percentile")
      options.percentile = percentile_of(value);
    else if (key == "group")
      options.group = weight_only_values().group(value);
    else if (key == "asymmetric")
      options.asymmetric = truth_of(key, value);
    else if (key == "bias_correction")
      options.bias_correction = truth_of(key, value);
    else if (key == "calibration")
      options.calibration = weight_only_values().sha256(key, value);
    else
      weight_only_values().refuse(fmt::format("\"{}\" is unknown", key));
  }
  if (object.contains("percentile") && options.clip != WeightOnlyOptions::Clip::percentile)
    weight_only_values().refuse("percentile without \"clip\": \"percentile\"");
  if (options.asymmetric && options.clip != WeightOnlyOptions::Clip::none)
    weight_only_values().refuse("clip with asymmetric: only symmetric weights are clipped");
  if (!options.calibration.empty() && !options.bias_correction)
    weight_only_values().refuse("calibration without \"bias_correction\": true");
  return options;
}

std::string format_options(const WeightOnlyOptions& options) {
  const WeightOnlyOptions defaults;
  auto object = json::object();
  if (options.clip != defaults.clip) object["clip"] = kClips[static_cast<std::size_t>(options.clip)];
  if (options.percentile != defaults.percentile) object["percentile"] = options.percentile;
  if (options.group != defaults.group) object["group"] = options.group;
  if (options.asymmetric != defaults.asymmetric) object["asymmetric"] = options.asymmetric;
  if (options.bias_correction != defaults.bias_correction)
    object["bias_correction"] = options.bias_correction;
  if (!options.calibration.empty()) object["calibration"] = options.calibration;
  return object.empty() ? "" : object.dump();
}

}  // namespace octet
