#include "core/quant/dynamic_options.h"

#include "core/quant/option_values.h"

namespace octet {
namespace {

using nlohmann::json;

constexpr std::string_view kTensor = "tensor", kToken = "token";

const OptionValues& dynamic_values() {
  static const OptionValues values("dynamic", "known: \"scales\": \"tensor\" or \"token\"");
  return values;
}

}  // namespace

DynamicOptions parse_dynamic_options(std::string_view text) {
  DynamicOptions options;
  const auto object = dynamic_values().object(text);
  for (const auto& [key, value] : object.items()) {
    if (key != "scales") dynamic_values().refuse(fmt::format("\"{}\" is unknown", key));
    if (value != kToken && value != kTensor)
      dynamic_values().refuse(fmt::format("scales is {}", value.dump()));
    options.scales = value == kToken ? ActivationScales::per_token : ActivationScales::per_tensor;
  }
  return options;
}

std::string format_options(const DynamicOptions& options) {
  return options == DynamicOptions() ? "" : json{{"scales", kToken}}.dump();
}

}  // namespace octet
