#include "core/quant/option_settings.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/quant/methods.h"

namespace octet {

std::string options_of_settings(const std::vector<std::string>& settings, Method method) {
  auto object = nlohmann::json::object();
  for (const auto& setting : settings) {
    const auto sign = setting.find('=');
    if (sign == setting.npos)
      throw Error(ErrorKind::usage, "the option " + setting + " has no \"=\"",
                  "write KEY=VALUE, such as group=32");
    const auto text = setting.substr(sign + 1);
    const auto value = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    object[setting.substr(0, sign)] = value.is_number() || value.is_boolean() ? value : nlohmann::json(text);
  }
  return object.empty() ? "" : spelled_options(method, object.dump());
}

}  // namespace octet
