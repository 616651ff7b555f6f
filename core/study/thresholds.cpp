#include "core/study/thresholds.h"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.h"
#include "core/metrics/table.h"
#include "core/resources.h"

namespace octet {
namespace {

[[noreturn]] void refuse(std::string_view origin, const std::string& fault) {
  throw Error(ErrorKind::input, fmt::format("{}: {}", origin, fault), "docs/formats.md describes thresholds");
}

double number(const nlohmann::json& object, const char* key, std::string_view origin) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number() || !std::isfinite(found->get<double>()))
    refuse(origin, fmt::format("\"{}\" is no number", key));
  return found->get<double>();
}

/// The measure that an entry of a list is about.
std::string measure_of(const nlohmann::json& object, std::string_view origin) {
  if (!object.is_object() || !object.contains("measure") || !object["measure"].is_string())
    refuse(origin, "a threshold names no measure");
  const std::string measure = object["measure"];
  try {
    (void)measure_called(measure);
  } catch (const Error& error) {
    refuse(origin, error.what());
  }
  return measure;
}

Threshold threshold_of(const nlohmann::json& object, std::string_view origin) {
  Threshold made{measure_of(object, origin), number(object, "inaudible", origin),
                 number(object, "broken", origin)};
  if (measure_called(made.measure).group == MeasureGroup::predicted)
    refuse(origin, fmt::format("{} is an alarm, no verdict is given by it", made.measure));
  const auto sides = object.find("two_sided");
  if (sides != object.end() && !sides->is_boolean())
    refuse(origin, fmt::format("{}: two_sided is neither true nor false", made.measure));
  made.two_sided = sides != object.end() && sides->get<bool>();
  if (object.size() != (sides == object.end() ? 3 : 4))
    refuse(origin, fmt::format("{} has an unknown key", made.measure));
  if (!(made.inaudible < made.broken))
    refuse(origin, fmt::format("{}: inaudible is not below broken", made.measure));
  if (made.two_sided && !(made.inaudible > 0))
    refuse(origin, fmt::format("{}: two sides leave nothing inaudible at 0", made.measure));
  return made;
}

NotJudged not_judged_of(const nlohmann::json& object, std::string_view origin) {
  NotJudged made{measure_of(object, origin), {}};
  if (object.size() != 2 || !object.contains("why") || !object["why"].is_string())
    refuse(origin, fmt::format("{}: \"why\" is no text", made.measure));
  made.why = object["why"];
  return made;
}

/// The entries of a list.
template <typename Make>
auto list_of(const nlohmann::json& json, const char* key, std::string_view origin, const Make& make) {
  std::vector<decltype(make(json, origin))> made;
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array()) refuse(origin, fmt::format("\"{}\" is no list", key));
  made.reserve(found->size());
  for (const auto& object : *found) made.push_back(make(object, origin));
  return made;
}

}  // namespace

Thresholds parse_thresholds(std::string_view text, std::string_view origin) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("format", nlohmann::json()) != "octet-thresholds" ||
      json.value("version", nlohmann::json()) != 1)
    refuse(origin, "this is no octet-thresholds of version 1");
  Thresholds made{number(json, "error", origin), {}};
  if (!(made.error > 0 && made.error < 1)) refuse(origin, "\"error\" is not between 0 and 1");
  made.measures = list_of(json, "measures", origin, threshold_of);
  if (made.measures.empty()) refuse(origin, "\"measures\" is empty");
  const bool says_others = json.contains("not_judged");
  if (says_others) made.not_judged = list_of(json, "not_judged", origin, not_judged_of);
  if (json.size() != (says_others ? 5 : 4)) refuse(origin, "there is an unknown key");
  std::set<std::string> said;
  const auto once = [&](const std::string& measure) {
    if (!said.insert(measure).second) refuse(origin, fmt::format("{} comes twice", measure));
  };
  for (const auto& threshold : made.measures) once(threshold.measure);
  for (const auto& [measure, why] : made.not_judged) once(measure);
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
