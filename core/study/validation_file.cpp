#include "core/study/validation_file.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/metrics/table.h"
#include "core/metrics/text_table.h"

namespace octet {
namespace {

using Json = nlohmann::ordered_json;

/// The library writes a NaN as null.
Json scores_json(const std::vector<Score>& scores) {
  Json json = Json::object();
  for (const auto& [measure, value] : scores) json[measure] = value;
  return json;
}

std::vector<Score> scores_of(const Json& json) {
  std::vector<Score> scores;
  for (const auto& [measure, value] : json.items())
    scores.push_back(
        {measure, value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>()});
  return scores;
}

Json thresholds_json(const Thresholds& thresholds) {
  auto measures = Json::array();
  for (const auto& [measure, inaudible, broken, two_sided] : thresholds.measures)
    measures.push_back(
        {{"measure", measure}, {"inaudible", inaudible}, {"broken", broken}, {"two_sided", two_sided}});
  return {{"error", thresholds.error}, {"measures", measures}};
}

/// All that the figures depend on.
Json subject_json(const ValidationSubject& subject) {
  auto plans = Json::array();
  for (const auto& [name, plan] : subject.plans)
    plans.push_back({{"name", name}, {"plan", Json::parse(compact_plan(plan))}});
  return {{"octet_version", subject.octet_version},
          {"checkpoint", subject.checkpoint},
          {"checkpoint_sha256", subject.checkpoint_sha256},
          {"device", subject.device},
          {"threads", subject.threads},
          {"steps", subject.steps},
          {"seed", subject.seed},
          {"clips", subject.clips},
          {"clips_sha256", subject.clips_sha256},
          {"reference", "every layer in fp32"},
          {"floor", "the reference under the next seed"},
          {"plans", plans},
          {"measures", subject.measures},
          {"thresholds", thresholds_json(subject.thresholds)}};
}

Json verdict_json(const Validation& validation, std::size_t plan) {
  const auto& [verdict, findings] = validation.judgements[plan];
  auto measures = Json::array();
  for (const auto& finding : findings)
    measures.push_back({{"measure", finding.measure},
                        {"clips", finding.clips},
                        {"worse", finding.worse},
                        {"low", finding.low},
                        {"high", finding.high},
                        {"least", finding.least},
                        {"verdict", to_string(finding.verdict)},
                        {"clips_needed", finding.clips_needed}});
  return {{"plan", validation.subject.plans[plan].name},
          {"bytes", validation.bytes[plan]},
          {"verdict", to_string(verdict)},
          {"findings", measures}};
}

Json clip_json(const ValidatedClip& clip, const std::vector<StudyPlan>& plans) {
  Json scores = Json::object();
  for (std::size_t i = 0; i < plans.size(); ++i) scores[plans[i].name] = scores_json(clip.plans[i]);
  return {{"clip", clip.name}, {"floor", scores_json(clip.floor)}, {"scores", scores}};
}

std::string line(const Json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

/// A list with a line for each of its entries.
template <typename Entries, typename Make>
std::string lines(const char* key, const Entries& entries, const Make& make) {
  std::string text = fmt::format(",\n \"{}\": [", key);
  const char* before = "\n  ";
  for (const auto& entry : entries) {
    text += before + line(make(entry));
    before = ",\n  ";
  }
  return text + "]";
}

[[noreturn]] void refuse(std::string_view origin) {
  throw Error(ErrorKind::input, fmt::format("{} is no octet-validation of version 1", origin),
              "name another file, or remove this one");
}

}  // namespace

std::string to_json(const Validation& validation) {
  std::string text = "{\"format\": \"octet-validation\", \"version\": 1,\n \"subject\": " +
                     line(subject_json(validation.subject)) +
                     ",\n \"warnings\": " + line(validation.warnings);
  std::vector<std::size_t> judged(validation.judgements.size());
  for (std::size_t i = 0; i < judged.size(); ++i) judged[i] = i;
  text += lines("plans", judged, [&](std::size_t plan) { return verdict_json(validation, plan); });
  text += lines("clips", validation.clips,
                [&](const ValidatedClip& clip) { return clip_json(clip, validation.subject.plans); });
  text += lines("skipped", validation.skipped, [](const SkippedClip& clip) {
    return Json{{"clip", clip.name}, {"reason", clip.reason}};
  });
  return text + "}\n";
}

Validation resumed(Validation begun, std::string_view text, std::string_view origin) try {
  const auto json = Json::parse(text);
  if (json.at("format") != "octet-validation" || json.at("version") != 1) refuse(origin);
  // As it was written: names of files need not be UTF-8, JSON is.
  const auto asked = Json::parse(line(subject_json(begun.subject)));
  for (const auto& [key, value] : asked.items())
    if (json.at("subject").at(key) != value)
      throw Error(ErrorKind::usage, fmt::format("{} is of another study: its {} is another", origin, key),
                  "name another file, or remove this one to begin anew");
  for (const auto& clip : json.at("clips")) {
    ValidatedClip done{clip.at("clip"), scores_of(clip.at("floor")), {}};
    for (const auto& [name, plan] : begun.subject.plans)
      done.plans.push_back(scores_of(clip.at("scores").at(name)));
    begun.clips.push_back(std::move(done));
  }
  for (const auto& clip : json.at("skipped")) begun.skipped.push_back({clip.at("clip"), clip.at("reason")});
  return begun;
} catch (const nlohmann::json::exception&) {
  refuse(origin);
}

std::string to_table(const Validation& validation) {
  const auto& thresholds = validation.subject.thresholds.measures;
  std::vector<std::vector<std::string>> rows{{"plan", "MB", "verdict"}};
  for (const auto& threshold : thresholds) rows[0].emplace_back(measure_called(threshold.measure).name);
  for (std::size_t i = 0; i < validation.judgements.size(); ++i) {
    const auto& [verdict, findings] = validation.judgements[i];
    rows.push_back({validation.subject.plans[i].name,
                    fmt::format("{:.1f}", static_cast<double>(validation.bytes[i]) / 1e6),
                    std::string(to_string(verdict))});
    for (const auto& finding : findings) {
      const auto& measure = measure_called(finding.measure);
      const auto shown = [&](double value) { return format_value(measure, value); };
      rows.back().push_back(finding.clips == 0 ? "-"
                                               : fmt::format("{} ({} to {})", shown(finding.worse),
                                                             shown(finding.low), shown(finding.high)));
    }
  }
  auto text = fmt::format(
      "How much worse than every layer in fp32 each plan is, less the same between two draws of noise;\n"
      "means over {} clips with 95 % intervals\n\n{}",
      validation.clips.size(), align_columns(rows, 3));
  for (const auto& [name, reason] : validation.skipped) text += fmt::format("\nskipped {}: {}", name, reason);
  return text;
}

}  // namespace octet
