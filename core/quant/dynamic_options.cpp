#include "core/quant/dynamic_options.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace octet {
namespace {

using nlohmann::json;

constexpr std::string_view kTensor = "tensor", kToken = "token";

[[noreturn]] void refuse(const std::string& fault) {
  throw Error(ErrorKind::usage, "options of dynamic: " + fault, "known: \"scales\": \"tensor\" or \"token\"");
}

}  // namespace

DynamicOptions parse_dynamic_options(std::string_view text) {
  DynamicOptions options;
  if (text.empty()) return options;
  const auto object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) refuse("they are not a JSON object");
  for (const auto& [key, value] : object.items()) {
    if (key != "scales") refuse(fmt::format("\"{}\" is unknown", key));
    if (value != kTensor && value != kToken) refuse(fmt::format("scales is {}", value.dump()));
    options.scales = value == kToken ? ActivationScales::per_token : ActivationScales::per_tensor;
  }
  return options;
}

std::string format_options(const DynamicOptions& options) {
  return options == DynamicOptions() ? "" : json{{"scales", kToken}}.dump();
}

}  // namespace octet
