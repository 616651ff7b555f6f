#include "core/plan/size.h"

#include <algorithm>

namespace octet {
namespace {

bool is_learned(const Layer& layer, const LayerTensor& tensor) {
  if (layer.type == LayerType::buffer || !(is_floating(tensor.stored) || tensor.stored == Dtype::i8))
    return false;
  return !tensor.name.ends_with(".running_mean") && !tensor.name.ends_with(".running_var");
}

std::int64_t scales_of(const Layer& layer) {
  return layer.weight().shape[static_cast<std::size_t>(layer.scale_axis())];
}

void add(ComponentSize& size, const Layer& layer, const Recipe& recipe) {
  for (const auto& tensor : layer.tensors) {
    if (is_learned(layer, tensor)) size.parameters += element_count(tensor.shape);
  }
  size.bytes += written_bytes(layer, recipe);
  if (recipe.storage != Precision::int8) return;
  size.int8_weights += element_count(layer.weight().shape);
  size.int8_layers += 1;
  size.scales += scales_of(layer);
}

}  // namespace

Dtype written_dtype(const Layer& layer, const LayerTensor& tensor, const Recipe& recipe) {
  if (!is_floating(tensor.stored) && tensor.stored != Dtype::i8) return tensor.stored;
  if (recipe.storage != Precision::int8) return dtype_of(recipe.storage);
  return tensor.name == layer.weight().name ? Dtype::i8 : dtype_of(recipe.base);
}

std::uint64_t written_bytes(const Layer& layer, const Recipe& recipe) {
  std::uint64_t bytes = 0;
  for (const auto& tensor : layer.tensors)
    bytes += static_cast<std::uint64_t>(element_count(tensor.shape)) *
             size_of(written_dtype(layer, tensor, recipe));
  if (recipe.storage == Precision::int8)
    bytes += static_cast<std::uint64_t>(scales_of(layer)) * size_of(Dtype::f32);
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
