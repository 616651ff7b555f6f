#include "core/quant/stored_parts.h"

namespace octet {
namespace {

Shape scale_shape(const Layer& layer) {
  Shape shape(layer.weight().shape.size(), 1);
  const auto axis = static_cast<std::size_t>(layer.scale_axis());
  if (axis < shape.size()) shape[axis] = layer.weight().shape[axis];
  return shape;
}

/// What methods make of a weight in int8.
void add_int8(std::vector<StoredPart>& parts, const Layer& layer, const Recipe& recipe) {
  using enum StoredPart::Role;
  switch (recipe.method) {
    case Method::weight_only:
      parts.push_back({weight, part_name(layer, weight), Dtype::i8, layer.weight().shape, &layer.weight()});
      parts.push_back({scale, part_name(layer, scale), Dtype::f32, scale_shape(layer), &layer.weight()});
      return;
    case Method::dynamic:
    case Method::llm_int8:
    case Method::gptq: refuse_unimplemented(recipe.method);
  }
}

}  // namespace

std::uint64_t StoredPart::bytes() const {
  return static_cast<std::uint64_t>(element_count(shape)) * size_of(dtype);
}

std::vector<StoredPart> parts_of(const Layer& layer, const Recipe& recipe) {
  using enum StoredPart::Role;
  std::vector<StoredPart> parts;
  for (const auto& tensor : layer.tensors) {
    const bool is_weight = tensor.name == part_name(layer, weight);
    const bool is_number = is_floating(tensor.stored) || tensor.stored == Dtype::i8;
    if (is_weight && is_number && recipe.storage == Precision::int8)
      add_int8(parts, layer, recipe);
    else
      parts.push_back({is_weight ? weight : other, tensor.name,
                       is_number ? dtype_of(recipe.base) : tensor.stored, tensor.shape, &tensor});
  }
  return parts;
}

std::string part_name(const Layer& layer, StoredPart::Role role) {
  return layer.name + (role == StoredPart::Role::scale ? ".weight_scale" : ".weight");
}

}  // namespace octet
