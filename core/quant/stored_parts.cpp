#include "core/quant/stored_parts.h"

#include "core/quant/adaround_options.h"
#include "core/quant/gptq_options.h"
#include "core/quant/outlier_options.h"

namespace octet {
namespace {

Shape scale_shape(const Layer& layer) {
  Shape shape(layer.weight().shape.size(), 1);
  const auto axis = static_cast<std::size_t>(layer.scale_axis());
  if (axis < shape.size()) shape[axis] = layer.weight().shape[axis];
  return shape;
}

/// [channels, groups]
Shape group_shape(const Layer& layer, std::int64_t group) {
  const auto& shape = layer.weight().shape;
  const auto axis = static_cast<std::size_t>(layer.scale_axis());
  if (axis >= shape.size()) return {};
  const auto channels = shape[axis];
  const auto inputs = channels > 0 ? element_count(shape) / channels : 0;
  return {channels, group == 0 ? 1 : (inputs + group - 1) / group};
}

/// [channels that an output sees]
Shape channel_shape(const Layer& layer) {
  const auto& shape = layer.weight().shape;
  return shape.size() > 1 ? Shape{shape[1]} : Shape{};
}

/// What methods make of a weight in int8.
void add_int8(std::vector<StoredPart>& parts, const Layer& layer, const Recipe& recipe) {
  using enum StoredPart::Role;
  const auto add = [&](StoredPart::Role role, Dtype dtype, Shape shape) {
    parts.push_back({role, part_name(layer, role), dtype, std::move(shape), &layer.weight()});
  };
  switch (recipe.method) {
    case Method::weight_only:
    case Method::gptq:
    case Method::adaround: {
      const auto options = layout_of(recipe);
      add(weight, Dtype::i8, layer.weight().shape);
      add(scale, Dtype::f32, options.in_groups() ? group_shape(layer, options.group) : scale_shape(layer));
      if (options.asymmetric) add(zero_point, Dtype::i8, group_shape(layer, options.group));
      return;
    }
    case Method::dynamic:
    case Method::llm_int8:
      add(weight, Dtype::i8, layer.weight().shape);
      add(scale, Dtype::f32, scale_shape(layer));
      if (has_fixed_outliers(recipe)) add(outliers, Dtype::i8, channel_shape(layer));
      return;
  }
}

}  // namespace

WeightOnlyOptions layout_of(const Recipe& recipe) {
  if (recipe.method == Method::gptq) return {.group = parse_gptq_options(recipe.options).group};
  if (recipe.method == Method::adaround) return {.group = parse_adaround_options(recipe.options).group};
  return parse_weight_only_options(recipe.options);
}

bool has_fixed_outliers(const Recipe& recipe) {
  return recipe.method == Method::llm_int8 &&
         parse_outlier_options(recipe.options).found == OutlierOptions::Found::in_calibration;
}

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
  using enum StoredPart::Role;
  return layer.name + (role == scale        ? ".weight_scale"
                       : role == zero_point ? ".weight_zero_point"
                       : role == outliers   ? ".weight_outliers"
                                            : ".weight");
}

}  // namespace octet
