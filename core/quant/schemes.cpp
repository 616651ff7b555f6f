#include "core/quant/schemes.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/quant/methods.h"

namespace octet {
namespace {

using nlohmann::json;

constexpr auto kNewer = "use the Octet that wrote it, or a newer one";

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::input, "octet_layers in the metadata: " + why, kNewer);
}

/// The value of `key` in `scheme`, as `from` knows it.
template <typename From>
auto named(const json& scheme, const std::string& layer, const char* key, From from) {
  const auto found = scheme.find(key);
  if (found == scheme.end() || !found->is_string())
    refuse(fmt::format("{} of layer {} is not a text", key, layer));
  const auto name = found->get<std::string>();
  const auto value = from(name);
  if (!value) refuse(fmt::format("{} of layer {} is {}, which this Octet does not know", key, layer, name));
  return *value;
}

std::string options_of(const json& scheme, const std::string& layer, Method method) {
  const auto found = scheme.find("options");
  if (found == scheme.end()) return {};
  try {
    return spelled_options(method, found->dump());
  } catch (const Error& error) {
    refuse(fmt::format("layer {}: {}", layer, error.what()));
  }
}

Recipe recipe_of(const json& scheme, const std::string& layer) {
  if (!scheme.is_object()) refuse(fmt::format("layer {} has no object", layer));
  for (const auto& [key, value] : scheme.items())
    if (key != "storage" && key != "base" && key != "method" && key != "options")
      refuse(fmt::format("{} of layer {} is unknown to this Octet", key, layer));
  const auto method = named(scheme, layer, "method", method_from);
  return {.storage = named(scheme, layer, "storage", precision_from),
          .base = named(scheme, layer, "base", precision_from),
          .method = method,
          .options = options_of(scheme, layer, method)};
}

}  // namespace

std::string format_schemes(const Schemes& schemes) {
  auto object = json::object();
  for (const auto& [layer, recipe] : schemes) {
    const auto& [storage, base, method, options] = recipe;
    auto& scheme = object[layer];
    scheme = {{"storage", to_string(storage)}, {"base", to_string(base)}, {"method", to_string(method)}};
    if (!options.empty()) scheme["options"] = json::parse(options);
  }
  return object.dump();
}

Schemes parse_schemes(std::string_view text) {
  const auto object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) refuse("it is not a JSON object");
  Schemes schemes;
  for (const auto& [layer, scheme] : object.items()) schemes.emplace(layer, recipe_of(scheme, layer));
  return schemes;
}

}  // namespace octet
