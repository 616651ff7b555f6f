#include "app/cli/choices.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/quant/methods.h"

namespace octet::cli {

Precision precision_of(const std::string& name) {
  if (const auto precision = precision_from(name)) return *precision;
  throw Error(ErrorKind::usage, "unknown precision \"" + name + "\"", "use fp32, bf16, fp16 or int8");
}

Method method_of(const std::string& name) {
  if (const auto method = method_from(name)) return *method;
  throw Error(ErrorKind::usage, "unknown method \"" + name + "\"", "use weight-only, dynamic or llm-int8");
}

std::string method_options(const std::vector<std::string>& settings, Method method) {
  auto object = nlohmann::json::object();
  for (const auto& setting : settings) {
    const auto sign = setting.find('=');
    if (sign == setting.npos)
      throw Error(ErrorKind::usage, "--option " + setting + " has no \"=\"", "write --option KEY=VALUE");
    const auto text = setting.substr(sign + 1);
    const auto value = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    object[setting.substr(0, sign)] = value.is_number() || value.is_boolean() ? value : nlohmann::json(text);
  }
  return object.empty() ? "" : spelled_options(method, object.dump());
}

}  // namespace octet::cli
