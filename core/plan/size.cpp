#include "core/plan/size.h"

#include <algorithm>

#include "core/quant/stored_parts.h"

namespace octet {
namespace {

bool is_learned(const Layer& layer, const LayerTensor& tensor) {
  if (layer.type == LayerType::buffer || !(is_floating(tensor.stored) || tensor.stored == Dtype::i8))
    return false;
  return !tensor.name.ends_with(".running_mean") && !tensor.name.ends_with(".running_var");
}

void add(ComponentSize& size, const Layer& layer, const Recipe& recipe) {
  for (const auto& tensor : layer.tensors) {
    if (is_learned(layer, tensor)) size.parameters += element_count(tensor.shape);
  }
  size.bytes += written_bytes(layer, recipe);
  if (recipe.storage != Precision::int8) return;
  size.int8_weights += element_count(layer.weight().shape);
  size.int8_layers += 1;
  for (const auto& part : parts_of(layer, recipe))
    if (part.role == StoredPart::Role::scale) size.scales += element_count(part.shape);
}

}  // namespace

std::uint64_t written_bytes(const Layer& layer, const Recipe& recipe) {
  std::uint64_t bytes = 0;
  for (const auto& part : parts_of(layer, recipe)) bytes += part.bytes();
  return bytes;
}

ComponentSize PlanSize::total() const {
  ComponentSize sum{.component = "total"};
  for (const auto& part : components) {
    sum.bytes += part.bytes;
    sum.parameters += part.parameters;
    sum.int8_weights += part.int8_weights;
    sum.int8_layers += part.int8_layers;
    sum.scales += part.scales;
  }
  return sum;
}

PlanSize plan_size(const LayerTable& layers, const ResolvedPlan& resolved,
                   std::span<const std::string> components) {
  PlanSize size;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& name = layers[i].component;
    if (!components.empty() && std::find(components.begin(), components.end(), name) == components.end())
      continue;
    auto part = std::find_if(size.components.begin(), size.components.end(),
                             [&](const ComponentSize& c) { return c.component == name; });
    if (part == size.components.end()) part = size.components.insert(part, {.component = name});
    add(*part, layers[i], resolved.layers[i].effective);
  }
  return size;
}

}  // namespace octet
