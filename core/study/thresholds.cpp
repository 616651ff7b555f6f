#include "core/study/thresholds.h"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/metrics/table.h"
#include "core/resources.h"

namespace octet {
namespace {

using Json = nlohmann::json;

[[noreturn]] void refuse(std::string_view origin, const std::string& fault) {
  throw Error(ErrorKind::input, fmt::format("{}: {}", origin, fault), "docs/formats.md describes thresholds");
}

double number(const Json& object, const char* key, std::string_view origin) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number() || !std::isfinite(found->get<double>()))
    refuse(origin, fmt::format("\"{}\" is no number", key));
  return found->get<double>();
}

Threshold threshold_of(const Json& object, std::string_view origin) {
  if (!object.is_object() || !object.contains("measure") || !object["measure"].is_string())
    refuse(origin, "a threshold names no measure");
  Threshold made{object["measure"], number(object, "inaudible", origin), number(object, "broken", origin)};
  try {
    (void)measure_called(made.measure);
  } catch (const Error& error) {
    refuse(origin, error.what());
  }
  if (object.size() != 3) refuse(origin, fmt::format("{} has an unknown key", made.measure));
  if (!(made.inaudible < made.broken))
    refuse(origin, fmt::format("{}: inaudible is not below broken", made.measure));
  return made;
}

}  // namespace

Thresholds parse_thresholds(std::string_view text, std::string_view origin) {
  const auto json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("format", Json()) != "octet-thresholds" ||
      json.value("version", Json()) != 1)
    refuse(origin, "this is no octet-thresholds of version 1");
  Thresholds made{number(json, "error", origin), {}};
  if (!(made.error > 0 && made.error < 1)) refuse(origin, "\"error\" is not between 0 and 1");
  const auto measures = json.find("measures");
  if (measures == json.end() || !measures->is_array() || measures->empty())
    refuse(origin, "\"measures\" is no list");
  for (const auto& object : *measures) made.measures.push_back(threshold_of(object, origin));
  if (json.size() != 4) refuse(origin, "there is an unknown key");
  return made;
}

std::filesystem::path thresholds_file() { return demo_voice_folder().parent_path() / "thresholds.json"; }

Thresholds read_thresholds(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(ErrorKind::input, "cannot read " + path.string());
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return parse_thresholds(text, path.string());
}

}  // namespace octet
