#include "core/study/validation_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/metrics/table.h"
#include "core/metrics/text_table.h"

namespace octet {
namespace {

/// "a", "a and b", "a, b and c".
std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text.append(i == 0 ? "" : i + 1 == names.size() ? " and " : ", ").append(names[i]);
  return text;
}

std::string_view in_words(Verdict verdict) {
  switch (verdict) {
    case Verdict::no_audible_change: return "no audible change expected";
    case Verdict::listen: return "listen to it";
    case Verdict::broken: return "broken";
  }
  return {};
}

/// "20 cents", "0.02".
std::string with_unit(const std::string& value, const Measure& measure) {
  return measure.unit.empty() ? value : fmt::format("{} {}", value, measure.unit);
}

/// Plans that have a verdict.
std::vector<std::size_t> plans_with(const Validation& validation, Verdict verdict) {
  std::vector<std::size_t> plans;
  for (std::size_t i = 0; i < validation.judgements.size(); ++i)
    if (validation.judgements[i].verdict == verdict && !validation.subject.plans[i].is_control)
      plans.push_back(i);
  return plans;
}

}  // namespace

Reach reach_of(const Judgement& judgement) {
  const auto& [verdict, findings] = judgement;
  Reach reach{static_cast<std::size_t>(std::ranges::count(findings, verdict, &Finding::verdict)), {}};
  if (verdict == Verdict::broken) return reach;
  for (const auto& finding : findings)
    if (finding.cannot_tell) reach.untold.push_back(finding.measure);
  if (verdict == Verdict::no_audible_change) reach.measures -= reach.untold.size();
  return reach;
}

std::string verdict_said(const Judgement& judgement) {
  const auto reach = reach_of(judgement);
  auto text = fmt::format("{}, {} {} of {} measures", in_words(judgement.verdict),
                          judgement.verdict == Verdict::listen ? "undecided by" : "by", reach.measures,
                          judgement.findings.size());
  std::vector<std::string> untold;
  untold.reserve(reach.untold.size());
  for (const auto& measure : reach.untold) untold.emplace_back(measure_called(measure).name);
  if (!untold.empty()) text += fmt::format("; {} cannot be told by these clips", listed(untold));
  return text;
}

std::vector<std::string> smallest_said(const Validation& validation) {
  std::vector<std::string> sentences;
  for (const auto verdict : {Verdict::no_audible_change, Verdict::listen}) {
    const auto plans = plans_with(validation, verdict);
    if (plans.empty()) continue;
    const auto bytes = [&](std::size_t plan) { return validation.sizes[plan].total().bytes; };
    const auto least = std::ranges::min(plans, {}, bytes);
    std::vector<std::string> smallest;
    for (const auto plan : plans)
      if (bytes(plan) == bytes(least)) smallest.push_back(validation.subject.plans[plan].name);
    if (smallest.size() == plans.size()) continue;
    sentences.push_back(fmt::format(
        "Of the {} plans with \"{}\" {} {} the smallest: {:.1f} MB.", plans.size(), in_words(verdict),
        listed(smallest), smallest.size() == 1 ? "is" : "are", static_cast<double>(bytes(least)) / 1e6));
  }
  return sentences;
}

std::string not_told_apart(const Validation& validation, std::size_t threshold) {
  const auto& [id, inaudible, broken, two_sided] = validation.subject.thresholds.measures[threshold];
  const auto& measure = measure_called(id);
  std::vector<std::string> plans;
  double floor = 0;
  for (std::size_t plan = 0; plan < validation.judgements.size(); ++plan) {
    const auto& finding = validation.judgements[plan].findings[threshold];
    if (!finding.cannot_tell || validation.subject.plans[plan].is_control) continue;
    plans.push_back(validation.subject.plans[plan].name);
    floor = finding.floor_change;
  }
  if (plans.empty()) return {};
  return fmt::format(
      "two draws of noise already differ by {}, so that a change beyond the limit of {:g} is not told apart "
      "from "
      "theirs ({})",
      with_unit(format_value(measure, floor), measure), inaudible, listed(plans));
}

}  // namespace octet
