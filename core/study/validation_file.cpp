#include "core/study/validation_file.h"

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/metrics/table.h"
#include "core/metrics/text_table.h"
#include "core/study/control_plan.h"
#include "core/study/study_json.h"
#include "core/study/validation_costs.h"
#include "core/study/validation_words.h"

namespace octet {
namespace {

using Json = StudyJson;

constexpr auto kFormat = "octet-validation";

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
Json whole_subject_json(const ValidationSubject& subject) {
  auto plans = Json::array();
  for (const auto& [name, plan, steps, is_control] : subject.plans) {
    plans.push_back({{"name", name}, {"plan", Json::parse(compact_plan(plan))}});
    if (steps != 0) plans.back()["steps"] = steps;
    if (is_control) plans.back()["control"] = true;
  }
  auto json = subject_json(subject);
  json.update(Json{{"reference", "every layer in fp32"},
                   {"floor", "the reference under the next seed"},
                   {"plans", plans},
                   {"calibration_sha256", subject.calibration_sha256},
                   {"measures", subject.measures},
                   {"thresholds", thresholds_json(subject.thresholds)},
                   {"costs", subject.costs}});
  return json;
}

Json stages_json(const std::vector<StageCost>& costs) {
  auto stages = Json::array();
  for (const auto& cost : costs)
    stages.push_back({{"stage", cost.stage}, {"seconds", cost.seconds}, {"peak_bytes", cost.peak_bytes}});
  return stages;
}

std::vector<StageCost> stages_of(const Json& json) {
  std::vector<StageCost> costs;
  for (const auto& stage : json)
    costs.push_back({stage.at("stage"), stage.at("seconds"), stage.at("peak_bytes")});
  return costs;
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
                        {"clips_needed", finding.clips_needed},
                        {"detectable", finding.detectable},
                        {"change", finding.change},
                        {"floor_change", finding.floor_change},
                        {"cannot_tell", finding.cannot_tell}});
  const auto& size = validation.sizes[plan];
  auto components = Json::object();
  for (const auto& component : size.components) components[component.component] = component.bytes;
  Json json{{"plan", validation.subject.plans[plan].name},
            {"bytes", size.total().bytes},
            {"components", components},
            {"verdict", to_string(verdict)},
            {"said", verdict_said(validation.judgements[plan])},
            {"findings", measures}};
  if (validation.subject.costs) json["stages"] = stages_json(stage_costs(validation, plan + 1));
  return json;
}

Json clip_json(const ValidatedClip& clip, const std::vector<StudyPlan>& plans) {
  Json scores = Json::object();
  for (std::size_t i = 0; i < plans.size(); ++i) scores[plans[i].name] = scores_json(clip.plans[i]);
  Json json{{"clip", clip.name}, {"floor", scores_json(clip.floor)}, {"scores", scores}};
  if (clip.costs.empty()) return json;
  json["reference_costs"] = stages_json(clip.costs.front());
  for (std::size_t i = 0; i < plans.size(); ++i)
    json["costs"][plans[i].name] = stages_json(clip.costs[i + 1]);
  return json;
}

/// The row of the smallest changes that would have been told, by the plan whose clips vary most.
std::vector<std::string> detectable_row(const Validation& validation) {
  std::vector<std::string> row{"smallest change told", "", ""};
  const auto& thresholds = validation.subject.thresholds.measures;
  for (std::size_t i = 0; i < thresholds.size(); ++i) {
    double most = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t plan = 0; plan < validation.judgements.size(); ++plan)
      if (!validation.subject.plans[plan].is_control)
        most = std::fmax(most, validation.judgements[plan].findings[i].detectable);
    row.push_back(format_value(measure_called(thresholds[i].measure), most));
  }
  return row;
}

/// Verdicts with their reach, which plan is the smallest, and by what two draws of noise are too far apart.
std::string in_sentences(const Validation& validation) {
  std::string text;
  for (std::size_t i = 0; i < validation.judgements.size(); ++i)
    if (const auto& plan = validation.subject.plans[i]; !plan.is_control)
      text += fmt::format("{}: {}\n", plan.name, verdict_said(validation.judgements[i]));
  for (const auto& sentence : smallest_said(validation)) text.append(sentence).append("\n");
  if (const auto control = control_outcome(validation)) text.append(control->said).append("\n");
  const auto& thresholds = validation.subject.thresholds.measures;
  for (std::size_t i = 0; i < thresholds.size(); ++i)
    if (const auto why = not_told_apart(validation, i); !why.empty())
      text += fmt::format("{}: {}\n", measure_called(thresholds[i].measure).name, why);
  return text;
}

}  // namespace

std::string to_json(const Validation& validation) {
  std::string text = "{\"format\": \"octet-validation\", \"version\": 1,\n \"subject\": " +
                     line(whole_subject_json(validation.subject)) +
                     ",\n \"warnings\": " + line(validation.warnings);
  std::vector<std::size_t> judged(validation.judgements.size());
  for (std::size_t i = 0; i < judged.size(); ++i) judged[i] = i;
  text += lines("plans", judged, [&](std::size_t plan) { return verdict_json(validation, plan); });
  if (const auto control = control_outcome(validation))
    text += ",\n \"control\": " +
            line({{"plan", control->plan}, {"found", control->found}, {"said", control->said}});
  if (validation.subject.costs && !validation.judgements.empty())
    text += ",\n \"reference_stages\": " + line(stages_json(stage_costs(validation, 0)));
  text += lines("clips", validation.clips,
                [&](const ValidatedClip& clip) { return clip_json(clip, validation.subject.plans); });
  text += skipped_lines(validation.skipped);
  return text + "}\n";
}

Validation resumed(Validation begun, std::string_view text, std::string_view origin) try {
  const auto json = Json::parse(text);
  if (json.at("format") != kFormat || json.at("version") != 1) refuse_study(origin, kFormat);
  require_same_subject(whole_subject_json(begun.subject), json.at("subject"), origin);
  for (const auto& clip : json.at("clips")) {
    ValidatedClip done{clip.at("clip"), scores_of(clip.at("floor")), {}};
    for (const auto& plan : begun.subject.plans)
      done.plans.push_back(scores_of(clip.at("scores").at(plan.name)));
    if (begun.subject.costs) {
      done.costs.push_back(stages_of(clip.at("reference_costs")));
      for (const auto& plan : begun.subject.plans)
        done.costs.push_back(stages_of(clip.at("costs").at(plan.name)));
    }
    begun.clips.push_back(std::move(done));
  }
  begun.skipped = skipped_of(json.at("skipped"));
  return begun;
} catch (const nlohmann::json::exception&) {
  refuse_study(origin, kFormat);
}

std::string to_table(const Validation& validation) {
  const auto& thresholds = validation.subject.thresholds.measures;
  std::vector<std::vector<std::string>> rows{{"plan", "MB", "verdict"}};
  for (const auto& threshold : thresholds) rows[0].emplace_back(measure_called(threshold.measure).name);
  for (std::size_t i = 0; i < validation.judgements.size(); ++i) {
    const auto& [verdict, findings] = validation.judgements[i];
    const auto& plan = validation.subject.plans[i];
    rows.push_back({plan.name + (plan.is_control ? " (must be found)" : ""),
                    fmt::format("{:.1f}", static_cast<double>(validation.sizes[i].total().bytes) / 1e6),
                    std::string(to_string(verdict))});
    for (const auto& finding : findings) {
      const auto& measure = measure_called(finding.measure);
      const auto shown = [&](double value) { return format_value(measure, value); };
      rows.back().push_back(finding.clips == 0 ? "-"
                                               : fmt::format("{} ({} to {})", shown(finding.worse),
                                                             shown(finding.low), shown(finding.high)));
    }
  }
  if (!validation.judgements.empty()) rows.push_back(detectable_row(validation));
  auto text = fmt::format(
      "How much worse than every layer in fp32 each plan is, less the same between two draws of noise;\n"
      "means over {} clips with 95 % intervals; {} steps, seed {}, {}\n\n{}",
      validation.clips.size(), validation.subject.steps, validation.subject.seed, validation.subject.device,
      align_columns(rows, 3));
  text.append("\n").append(in_sentences(validation));
  if (validation.subject.costs) text.append("\n").append(costs_table(validation));
  for (const auto& [name, reason] : validation.skipped) text += fmt::format("\nskipped {}: {}", name, reason);
  return text;
}

}  // namespace octet
