#include "core/plan/edit.h"

#include <algorithm>
#include <cstddef>

#include "core/error.h"
#include "core/plan/glob.h"
#include "core/plan/plan_file.h"

namespace octet {
namespace {

std::vector<std::string> lines_of(const PrecisionPlan& plan) {
  std::vector<std::string> lines{"\"base\": \"" + std::string(to_string(plan.base)) + "\""};
  for (const auto& rule : plan.rules) lines.push_back(rule_line(rule));
  for (const auto& [name, choice] : plan.layers) lines.push_back(override_line(name, choice));
  return lines;
}

}  // namespace

PrecisionPlan with_choice(PrecisionPlan plan, std::string_view target, const Choice& choice) {
  if (target.empty())
    throw Error(ErrorKind::usage, "no layer is named",
                "give a layer's name or a pattern such as \"mel2wav.*\"");
  if (!is_pattern(target)) {
    plan.layers.insert_or_assign(std::string(target), choice);
    return plan;
  }
  static_cast<void>(Glob(target));  // refuses a malformed pattern
  std::erase_if(plan.rules, [&](const Rule& rule) { return rule.match == target && !rule.type; });
  plan.rules.push_back({.match = std::string(target), .type = {}, .choice = choice});
  return plan;
}

std::vector<LayerDifference> differing_layers(const LayerTable& layers, const ResolvedPlan& first,
                                              const ResolvedPlan& second) {
  std::vector<LayerDifference> differences;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (first.layers[i].effective != second.layers[i].effective)
      differences.push_back({layers[i].name, first.layers[i], second.layers[i]});
  return differences;
}

std::pair<std::string, std::string> told_apart(const LayerDifference& difference) {
  const auto &first = difference.first.effective, &second = difference.second.effective;
  if (first.storage == second.storage) return {to_string(first), to_string(second)};
  return {std::string(to_string(first.storage)), std::string(to_string(second.storage))};
}

bool same_effect(const ResolvedPlan& first, const ResolvedPlan& second) {
  return std::ranges::equal(first.layers, second.layers, {}, &Resolution::effective, &Resolution::effective);
}

std::vector<PlanLine> differing_lines(const PrecisionPlan& first, const PrecisionPlan& second) {
  const auto a = lines_of(first);
  const auto b = lines_of(second);
  // common[i][j]: length of the longest common subsequence of a[i...] and b[j...].
  std::vector<std::vector<std::size_t>> common(a.size() + 1, std::vector<std::size_t>(b.size() + 1, 0));
  for (std::size_t i = a.size(); i-- > 0;)
    for (std::size_t j = b.size(); j-- > 0;)
      common[i][j] = a[i] == b[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);

  std::vector<PlanLine> lines;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      ++i;
      ++j;
    } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
      lines.push_back({PlanLine::Side::first, a[i++]});
    } else {
      lines.push_back({PlanLine::Side::second, b[j++]});
    }
  }
  return lines;
}

}  // namespace octet
