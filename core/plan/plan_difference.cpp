#include "core/plan/plan_difference.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "core/plan/deciding.h"
#include "core/plan/size.h"

namespace octet {
namespace {

std::vector<std::size_t> differing(const ResolvedPlan& first, const ResolvedPlan& second) {
  std::vector<std::size_t> layers;
  for (std::size_t i = 0; i < first.layers.size(); ++i)
    if (first.layers[i].effective != second.layers[i].effective) layers.push_back(i);
  return layers;
}

void add(DifferenceGroup& group, const LayerTable& layers, std::size_t layer, const ResolvedPlan& first,
         const ResolvedPlan& second) {
  group.layers.push_back(layer);
  group.first_bytes += written_bytes(layers[layer], first.layers[layer].effective);
  group.second_bytes += written_bytes(layers[layer], second.layers[layer].effective);
}

}  // namespace

std::vector<DifferenceGroup> differences_by_component(const LayerTable& layers, const ResolvedPlan& first,
                                                      const ResolvedPlan& second) {
  std::vector<DifferenceGroup> groups;
  for (const auto i : differing(first, second)) {
    auto group = std::ranges::find(groups, layers[i].component, &DifferenceGroup::component);
    if (group == groups.end()) group = groups.insert(groups.end(), {.component = layers[i].component});
    add(*group, layers, i, first, second);
  }
  return groups;
}

std::vector<DifferenceGroup> differences_by_decider(const LayerTable& layers, const ResolvedPlan& first,
                                                    const ResolvedPlan& second) {
  const DecidingRules of_first(first.plan), of_second(second.plan);
  std::map<std::pair<Decider, Decider>, DifferenceGroup> by_deciders;
  for (const auto i : differing(first, second)) {
    auto deciders = std::pair(of_first.decider(layers[i]), of_second.decider(layers[i]));
    auto& group = by_deciders[deciders];
    std::tie(group.first, group.second) = std::move(deciders);
    add(group, layers, i, first, second);
  }
  std::vector<DifferenceGroup> groups;
  groups.reserve(by_deciders.size());
  for (auto& [deciders, group] : by_deciders) groups.push_back(std::move(group));
  std::ranges::stable_sort(groups, std::greater(), [](const DifferenceGroup& group) {
    return std::max(group.first_bytes, group.second_bytes);
  });
  return groups;
}

}  // namespace octet
