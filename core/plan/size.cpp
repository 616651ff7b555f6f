#include "core/plan/size.h"

#include <algorithm>

namespace octet {
namespace {

bool is_learned(const Layer& layer, const LayerTensor& tensor) {
  if (layer.type == LayerType::buffer || !(is_floating(tensor.stored) || tensor.stored == Dtype::i8))
    return false;
  return !tensor.name.ends_with(".running_mean") && !tensor.name.ends_with(".running_var");
}

void add(ComponentSize& size, const Layer& layer, const Resolution& resolution) {
  for (const auto& tensor : layer.tensors) {
    const auto elements = element_count(tensor.shape);
    const auto dtype = written_dtype(layer, tensor, resolution);
    size.bytes += static_cast<std::uint64_t>(elements) * size_of(dtype);
    if (is_learned(layer, tensor)) size.parameters += elements;
  }
  if (resolution.effective != Precision::int8) return;
  const auto channels = layer.weight().shape[static_cast<std::size_t>(layer.scale_axis())];
  size.bytes += static_cast<std::uint64_t>(channels) * size_of(Dtype::f32);
  size.int8_weights += element_count(layer.weight().shape);
  size.int8_layers += 1;
  size.scales += channels;
}

}  // namespace

Dtype written_dtype(const Layer& layer, const LayerTensor& tensor, const Resolution& resolution) {
  if (!is_floating(tensor.stored) && tensor.stored != Dtype::i8) return tensor.stored;
  if (resolution.effective != Precision::int8) return dtype_of(resolution.effective);
  return tensor.name == layer.weight().name ? Dtype::i8 : dtype_of(resolution.base);
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
    add(*part, layers[i], resolved.layers[i]);
  }
  return size;
}

}  // namespace octet
