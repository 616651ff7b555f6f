#include "core/tensor/weight.h"

#include <ATen/ATen.h>

namespace octet {
namespace {

Int8Weight moved(const Int8Weight& int8, at::Device device) {
  return {int8.values.to(device), int8.scale.to(device)};
}

std::size_t bytes(const Int8Weight& int8) { return int8.values.nbytes() + int8.scale.nbytes(); }

}  // namespace

std::size_t bytes(const Weight& weight) {
  return std::visit(ForEachKind{[](const DenseWeight& dense) { return dense.values.nbytes(); },
                                [](const Int8Weight& int8) { return bytes(int8); },
                                [](const GroupedInt8Weight& grouped) {
                                  const auto& [values, scale, zero_point, axis, group] = grouped;
                                  return values.nbytes() + scale.nbytes() +
                                         (zero_point.defined() ? zero_point.nbytes() : 0);
                                },
                                [](const DynamicInt8Weight& dynamic) {
                                  const auto& [integers, rounding, outliers] = dynamic;
                                  return bytes(integers) + (outliers.defined() ? outliers.nbytes() : 0);
                                }},
                    weight);
}

at::IntArrayRef shape_of(const Weight& weight) {
  return std::visit(
      ForEachKind{[](const DenseWeight& dense) { return dense.values.sizes(); },
                  [](const Int8Weight& int8) { return int8.values.sizes(); },
                  [](const GroupedInt8Weight& grouped) { return grouped.values.sizes(); },
                  [](const DynamicInt8Weight& dynamic) { return dynamic.integers.values.sizes(); }},
      weight);
}

Weight moved(const Weight& weight, at::Device device) {
  return std::visit(
      ForEachKind{[&](const DenseWeight& dense) { return Weight(DenseWeight{dense.values.to(device)}); },
                  [&](const Int8Weight& int8) { return Weight(moved(int8, device)); },
                  [&](const GroupedInt8Weight& grouped) {
                    auto there = grouped;
                    for (auto* tensor : {&there.values, &there.scale, &there.zero_point})
                      if (tensor->defined()) *tensor = tensor->to(device);
                    return Weight(there);
                  },
                  [&](const DynamicInt8Weight& dynamic) {
                    const auto& [integers, rounding, outliers] = dynamic;
                    return Weight(DynamicInt8Weight{moved(integers, device), rounding,
                                                    outliers.defined() ? outliers.to(device) : outliers});
                  }},
      weight);
}

}  // namespace octet
