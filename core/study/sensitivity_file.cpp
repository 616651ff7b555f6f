#include "core/study/sensitivity_file.h"

#include <algorithm>

#include "core/error.h"
#include "core/metrics/text_table.h"
#include "core/study/layer_damage_json.h"

namespace octet {
namespace {

using Json = StudyJson;

constexpr auto kFormat = "octet-sensitivity";

/// All that the figures depend on, but for the shard.
Json whole_subject_json(const SensitivitySubject& subject) {
  auto choices = Json::array();
  for (const auto& choice : subject.question.choices) choices.push_back(choice_json(choice));
  auto json = subject_json(subject);
  json.update(Json{{"base", to_string(subject.question.base)},
                   {"layers", subject.question.layers},
                   {"choices", choices},
                   {"calibration_sha256", subject.calibration_sha256},
                   {"interval", subject.question.interval},
                   {"fast", subject.question.fast}});
  return json;
}

Json shard_json(const Shard& shard) { return {{"part", shard.part}, {"parts", shard.parts}}; }

SensitivitySubject subject_of(const Json& json) {
  SensitivitySubject subject{study_subject_of(json), {}};
  subject.question.base = precision_from(json.value("base", "fp32")).value();
  subject.question.layers = json.value("layers", "*");
  for (const auto& choice : json.value("choices", Json::array()))
    subject.question.choices.push_back(choice_of(choice));
  subject.calibration_sha256 = json.value("calibration_sha256", "");
  subject.question.interval = json.value("interval", 0.0);
  subject.question.fast = json.value("fast", false);
  return subject;
}

}  // namespace

std::string to_json(const Sensitivity& study) {
  auto text = "{\"format\": \"octet-sensitivity\", \"version\": 1,\n \"subject\": " +
              line(whole_subject_json(study.subject)) +
              ",\n \"shard\": " + line(shard_json(study.subject.question.shard)) +
              ",\n \"warnings\": " + line(study.warnings) + fmt::format(",\n \"entries\": {}", study.entries);
  text += skipped_lines(study.skipped);
  return text + lines("layers", study.layers, layer_json) + "}\n";
}

Sensitivity parse_sensitivity(std::string_view text, std::string_view origin) try {
  const auto json = Json::parse(text);
  if (json.at("format") != kFormat || json.at("version") != 1) refuse_study(origin, kFormat);
  Sensitivity study{subject_of(json.value("subject", Json::object())), {}, {}, 0, {}};
  study.warnings = json.value("warnings", study.warnings);
  if (json.contains("shard"))
    study.subject.question.shard = {json.at("shard").at("part"), json.at("shard").at("parts")};
  study.skipped = skipped_of(json.value("skipped", Json::array()));
  for (const auto& layer : json.at("layers")) study.layers.push_back(layer_of(layer));
  study.entries = json.value("entries", study.layers.size());
  const auto& [part, parts] = study.subject.question.shard;
  if (part < 1 || part > parts || study.layers.size() > study.entries) refuse_study(origin, kFormat);
  return study;
} catch (const nlohmann::json::exception&) {
  refuse_study(origin, kFormat);
} catch (const std::bad_optional_access&) {
  refuse_study(origin, kFormat);
}

void require_same_subject(const Sensitivity& one, const Sensitivity& other, std::string_view origin) {
  require_same_subject(whole_subject_json(one.subject), whole_subject_json(other.subject), origin);
}

Sensitivity read_sensitivity(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  const auto name = path.string();
  auto study = parse_sensitivity(HeldFile::open(path)->text(), name);
  const auto& subject = study.subject;
  if (!subject.checkpoint_sha256.empty() && subject.checkpoint_sha256 != checkpoint.source_sha256())
    throw Error(ErrorKind::usage, name + " is of another checkpoint, " + subject.checkpoint,
                "measure the sensitivity of this one");
  return study;
}

Sensitivity resumed(Sensitivity begun, std::string_view text, std::string_view origin) {
  auto found = parse_sensitivity(text, origin);
  require_same_subject(begun, found, origin);
  if (found.subject.question.shard != begun.subject.question.shard)
    throw Error(ErrorKind::usage, fmt::format("{} is of another study: its shard is another", origin),
                "name another file, or remove this one to begin anew");
  begun.layers = std::move(found.layers);
  return begun;
}

std::string to_table(const Sensitivity& study) {
  auto sorted = study.layers;
  std::ranges::stable_sort(sorted, [](const LayerDamage& a, const LayerDamage& b) {
    if (a.kind != b.kind) return a.kind < b.kind;
    // Layers without a damage come first.
    return a.fault.empty() == b.fault.empty() ? a.damage > b.damage : !a.fault.empty();
  });
  std::vector<std::vector<std::string>> rows{{"layer", "stored as", "of", "damage", "KB less"}};
  for (const auto& entry : sorted)
    rows.push_back(
        {entry.layer, line(choice_json(entry.choice)), std::string(to_string(entry.kind)),
         entry.fault.empty() ? fmt::format("{:.3g}", entry.damage) : entry.fault,
         fmt::format("{:.1f}",
                     (static_cast<double>(entry.base_bytes) - static_cast<double>(entry.bytes)) / 1e3)});
  auto text = align_columns(rows, 3);
  for (const auto& [name, reason] : study.skipped) text += fmt::format("\nskipped {}: {}", name, reason);
  return text;
}

}  // namespace octet
