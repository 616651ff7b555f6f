#include "core/study/pairs_file.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/error.h"
#include "core/held_file.h"
#include "core/metrics/text_table.h"
#include "core/study/layer_damage_json.h"

namespace octet {
namespace {

using Json = StudyJson;

constexpr auto kFormat = "octet-pairs";

Json pairs_subject_json(const PairsSubject& subject) {
  auto layers = Json::array();
  for (const auto& [name, choice] : subject.question.layers) {
    Json layer{{"layer", name}};
    layer.update(choice_json(choice));
    layers.push_back(std::move(layer));
  }
  auto json = subject_json(subject);
  json.update(Json{{"base", to_string(subject.question.base)},
                   {"layers", layers},
                   {"calibration_sha256", subject.calibration_sha256}});
  return json;
}

PairsSubject pairs_subject_of(const Json& json) {
  PairsSubject subject{study_subject_of(json), {}};
  subject.question.base = precision_from(json.at("base").get<std::string>()).value();
  for (const auto& layer : json.at("layers"))
    subject.question.layers.push_back({layer.at("layer"), choice_of(layer)});
  subject.calibration_sha256 = json.at("calibration_sha256");
  return subject;
}

Json pair_json(const PairDamage& pair) {
  Json json{{"layers", {pair.first, pair.second}}, {"kind", to_string(pair.kind)},    {"damage", pair.damage},
            {"expected", pair.expected},           {"interaction", pair.interaction}, {"clips", pair.clips}};
  if (!pair.fault.empty()) json["fault"] = pair.fault;
  return json;
}

double number_of(const Json& json) {
  return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}

PairDamage pair_of(const Json& json) {
  return {json.at("layers").at(0),
          json.at("layers").at(1),
          kind_of(json.at("kind")),
          number_of(json.at("damage")),
          number_of(json.at("expected")),
          number_of(json.at("interaction")),
          json.at("clips"),
          json.value("fault", "")};
}

/// Whether the layers and pairs are the first of those that it is to have, in their order.
bool in_order(const LayerPairs& study) {
  const auto& asked = study.subject.question.layers;
  if (study.layers.size() > asked.size() || (study.layers.size() < asked.size() && !study.pairs.empty()))
    return false;
  std::vector<DamageKind> kinds;
  for (std::size_t i = 0; i < study.layers.size(); ++i) {
    if (study.layers[i].layer != asked[i].name) return false;
    kinds.push_back(study.layers[i].kind);
  }
  const auto places = pairs_of(kinds);
  if (study.pairs.size() > places.size()) return false;
  for (std::size_t i = 0; i < study.pairs.size(); ++i)
    if (study.pairs[i].first != asked[places[i].first].name ||
        study.pairs[i].second != asked[places[i].second].name)
      return false;
  return study.layers.size() + study.pairs.size() <= study.entries;
}

}  // namespace

std::string to_json(const LayerPairs& study) {
  auto text = "{\"format\": \"octet-pairs\", \"version\": 1,\n \"subject\": " +
              line(pairs_subject_json(study.subject)) + ",\n \"warnings\": " + line(study.warnings) +
              fmt::format(",\n \"entries\": {}", study.entries);
  text += skipped_lines(study.skipped) + lines("layers", study.layers, layer_json);
  return text + lines("pairs", study.pairs, pair_json) + "}\n";
}

LayerPairs parse_pairs(std::string_view text, std::string_view origin) try {
  const auto json = Json::parse(text);
  if (json.at("format") != kFormat || json.at("version") != 1) refuse_study(origin, kFormat);
  LayerPairs study{pairs_subject_of(json.at("subject")),
                   json.at("warnings"),
                   skipped_of(json.at("skipped")),
                   json.at("entries"),
                   {},
                   {}};
  for (const auto& layer : json.at("layers")) study.layers.push_back(layer_of(layer));
  for (const auto& pair : json.at("pairs")) study.pairs.push_back(pair_of(pair));
  if (!in_order(study)) refuse_study(origin, kFormat);
  return study;
} catch (const nlohmann::json::exception&) {
  refuse_study(origin, kFormat);
} catch (const std::bad_optional_access&) {
  refuse_study(origin, kFormat);
}

LayerPairs read_pairs(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  const auto name = path.string();
  auto study = parse_pairs(HeldFile::open(path)->text(), name);
  if (study.subject.checkpoint_sha256 != checkpoint.source_sha256())
    throw Error(ErrorKind::usage, name + " is of another checkpoint, " + study.subject.checkpoint,
                "measure the pairs of this one");
  return study;
}

LayerPairs resumed(LayerPairs begun, std::string_view text, std::string_view origin) {
  auto found = parse_pairs(text, origin);
  require_same_subject(pairs_subject_json(begun.subject), pairs_subject_json(found.subject), origin);
  begun.layers = std::move(found.layers);
  begun.pairs = std::move(found.pairs);
  return begun;
}

std::string to_table(const LayerPairs& study) {
  auto sorted = study.pairs;
  std::ranges::stable_sort(sorted, [](const PairDamage& a, const PairDamage& b) {
    if (a.kind != b.kind) return a.kind < b.kind;
    const bool a_has = std::isfinite(a.interaction), b_has = std::isfinite(b.interaction);
    // Pairs without a damage come first.
    return a_has && b_has ? std::abs(a.interaction) > std::abs(b.interaction) : !a_has && b_has;
  });
  std::vector<std::vector<std::string>> rows{{"layer", "and", "of", "damage", "expected", "interaction"}};
  for (const auto& pair : sorted)
    rows.push_back({pair.first, pair.second, std::string(to_string(pair.kind)),
                    pair.fault.empty() ? fmt::format("{:.3g}", pair.damage) : pair.fault,
                    fmt::format("{:.3g}", pair.expected), fmt::format("{:+.3f}", pair.interaction)});
  auto text = align_columns(rows, 3);
  for (const auto kind : {DamageKind::mel, DamageKind::spectrum})
    if (const auto spread = interaction_spread(study, kind))
      text += fmt::format("\n{}: {} pairs, interaction {:+.3f} in the median, from {:+.3f} to {:+.3f}",
                          to_string(kind), spread->pairs, spread->median, spread->least, spread->most);
  for (const auto& [name, reason] : study.skipped) text += fmt::format("\nskipped {}: {}", name, reason);
  return text;
}

}  // namespace octet
