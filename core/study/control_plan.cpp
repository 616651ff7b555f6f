#include "core/study/control_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/plan/seed_components.h"
#include "core/study/bootstrap.h"

namespace octet {
namespace {

/// The vocoder alone is the cheapest to be spoken anew.
constexpr std::array<std::string_view, 2> kMadeBad{"HiFT ResBlocks", "estimator feed-forward"};

PrecisionPlan clipped(const SeedComponent& component) {
  auto plan = preset("all-base", Precision::bf16, /*include_tokenizer=*/false);
  auto rule = component.rule();
  rule.choice.options = R"({"clip":"percentile","percentile":60.0})";
  rule.choice.reason = "clipped, so that it has to be found";
  plan.rules.push_back(std::move(rule));
  return plan;
}

}  // namespace

std::optional<StudyPlan> control_plan(const LayerTable& layers) {
  for (const auto name : kMadeBad) {
    auto plan = clipped(*std::ranges::find(kSeedComponents, name, &SeedComponent::name));
    plan.name = fmt::format("control: clipped {}", name);
    const auto resolved = resolve(plan, layers);
    int made_bad = 0, stored = 0;
    for (std::size_t i = 0; i < layers.size(); ++i)
      if (resolved.layers[i].effective.storage == Precision::int8)
        ++(layers[i].stored == Precision::int8 ? stored : made_bad);
    if (made_bad > 0 && stored == 0) return StudyPlan{plan.name, plan, 0, /*is_control=*/true};
  }
  return {};
}

std::vector<std::string> add_control(std::vector<StudyPlan>& plans, const LayerTable& layers) {
  if (auto control = control_plan(layers)) {
    plans.push_back(std::move(*control));
    return {};
  }
  return {
      "there is no control: what could be made bad on purpose is stored in int8, so that nothing shows that "
      "these clips and measures would find a broken plan"};
}

std::optional<ControlOutcome> control_outcome(const Validation& validation) {
  const auto& plans = validation.subject.plans;
  const auto control = std::ranges::find(plans, true, &StudyPlan::is_control);
  if (control == plans.end() || validation.judgements.empty()) return {};
  const auto& [verdict, findings] = validation.judgements[static_cast<std::size_t>(control - plans.begin())];
  ControlOutcome outcome{
      control->name, verdict == Verdict::broken, std::ssize(validation.clips) >= kFewestClips, {}};
  if (outcome.found)
    outcome.said =
        fmt::format("The control was found: made bad on purpose, it is broken by {} of {} measures.",
                    std::ranges::count(findings, Verdict::broken, &Finding::verdict), findings.size());
  else if (outcome.could_be)
    outcome.said = fmt::format(
        "THE CONTROL WAS NOT FOUND: made bad on purpose, it is judged {}. These clips and measures could not "
        "tell a broken plan: the verdicts on the others mean little.",
        to_string(verdict));
  else
    outcome.said = fmt::format(
        "The control, made bad on purpose, could not be found: {} clips are too few for any verdict.",
        validation.clips.size());
  return outcome;
}

}  // namespace octet
