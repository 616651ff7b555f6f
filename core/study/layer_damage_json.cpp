#include "core/study/layer_damage_json.h"

#include <limits>
#include <optional>

#include "core/quant/methods.h"

namespace octet {
namespace {

constexpr auto kNoDamage = std::numeric_limits<double>::quiet_NaN();

}  // namespace

StudyJson choice_json(const Choice& choice) {
  StudyJson json{{"precision", to_string(choice.precision)}};
  if (choice.precision == Precision::int8) json["method"] = to_string(choice.method);
  if (!choice.options.empty()) json["options"] = StudyJson::parse(choice.options);
  return json;
}

Choice choice_of(const StudyJson& json) {
  Choice choice;
  choice.precision = precision_from(json.value("precision", "int8")).value();
  choice.method = method_from(json.value("method", "weight-only")).value();
  if (json.contains("options")) choice.options = spelled_options(choice.method, json.at("options").dump());
  return choice;
}

StudyJson layer_json(const LayerDamage& entry) {
  StudyJson json{{"layer", entry.layer}};
  json.update(choice_json(entry.choice));
  json["kind"] = to_string(entry.kind);
  json["damage"] = entry.damage;
  json["bytes"] = entry.bytes;
  json["base_bytes"] = entry.base_bytes;
  json["clips"] = entry.clips.clips;
  if (!entry.clips.mel.empty()) json["mel"] = entry.clips.mel;
  if (!entry.fault.empty()) json["fault"] = entry.fault;
  return json;
}

LayerDamage layer_of(const StudyJson& json) {
  LayerDamage entry{json.at("layer"), choice_of(json)};
  entry.kind = kind_of(json.value("kind", "mel"));
  entry.bytes = json.value("bytes", std::uint64_t{0});
  entry.base_bytes = json.value("base_bytes", std::uint64_t{0});
  entry.damage = json.at("damage").is_null() ? kNoDamage : json.at("damage").get<double>();
  entry.clips.clips = json.value("clips", std::vector<double>());
  entry.clips.mel = json.value("mel", std::vector<double>());
  entry.fault = json.value("fault", "");
  return entry;
}

DamageKind kind_of(const std::string& name) {
  for (const auto kind : {DamageKind::mel, DamageKind::spectrum, DamageKind::tokens, DamageKind::voice})
    if (to_string(kind) == name) return kind;
  throw std::bad_optional_access();
}

}  // namespace octet
