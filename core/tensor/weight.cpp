#include "core/tensor/weight.h"

#include <ATen/ATen.h>

namespace octet {

std::size_t bytes(const Weight& weight) {
  return std::visit(
      ForEachKind{[](const DenseWeight& dense) { return dense.values.nbytes(); },
                  [](const Int8Weight& int8) { return int8.values.nbytes() + int8.scale.nbytes(); }},
      weight);
}

at::IntArrayRef shape_of(const Weight& weight) {
  return std::visit(ForEachKind{[](const DenseWeight& dense) { return dense.values.sizes(); },
                                [](const Int8Weight& int8) { return int8.values.sizes(); }},
                    weight);
}

Weight moved(const Weight& weight, at::Device device) {
  return std::visit(
      ForEachKind{[&](const DenseWeight& dense) { return Weight(DenseWeight{dense.values.to(device)}); },
                  [&](const Int8Weight& int8) {
                    return Weight(Int8Weight{int8.values.to(device), int8.scale.to(device)});
                  }},
      weight);
}

}  // namespace octet
