#include "core/quant/gptq_options.h"

#include "core/quant/option_values.h"

namespace octet {
namespace {

constexpr std::string_view kActivation = "activation", kGiven = "given";

const OptionValues& gptq_values() {
  static const OptionValues values("gptq",
                                   "known: \"block\": 1 to 4096; \"damping\": 0.001 to 1; \"order\": "
                                   "\"activation\" or \"given\"; \"group\": 0, 32, 64 or 128; "
                                   "\"calibration\": the SHA-256 of the one to take");
  return values;
}

}  // namespace

GptqOptions parse_gptq_options(std::string_view text) {
  GptqOptions options;
  const auto object = gptq_values().object(text);
  for (const auto& [key, value] : object.items()) {
    if (key == "block") {
      options.block = gptq_values().whole(key, value, 1, 4096);
    } else if (key == "damping") {
      options.damping = gptq_values().number(key, value, 0.001, 1);
    } else if (key == "order") {
      if (value != kActivation && value != kGiven) gptq_values().refuse("order is " + value.dump());
      options.order = value == kGiven ? GptqOptions::Order::given : GptqOptions::Order::activation;
    } else if (key == "group") {
      options.group = gptq_values().group(value);
    } else if (key == "calibration") {
      options.calibration = gptq_values().sha256(key, value);
    } else {
      gptq_values().refuse('"' + key + "\" is unknown");
    }
  }
  return options;
}

std::string format_options(const GptqOptions& options) {
  const GptqOptions defaults;
  auto object = nlohmann::json::object();
  if (options.block != defaults.block) object["block"] = options.block;
  if (options.damping != defaults.damping) object["damping"] = options.damping;
  if (options.order != defaults.order) object["order"] = kGiven;
  if (options.group != defaults.group) object["group"] = options.group;
  if (!options.calibration.empty()) object["calibration"] = options.calibration;
  return object.empty() ? "" : object.dump();
}

}  // namespace octet
