#include "core/checkpoint/read_weight.h"
#include "core/export/layer_tensors.h"
#include "core/quant/quantize.h"
#include "core/quant/weight_only_options.h"
#include "core/synthesis/weight_store.h"

namespace octet {
namespace {

at::Tensor made(const PlannedLayer& planned, const StoredPart& part) {
  const auto& [checkpoint, layer, recipe] = planned;
  if (part.role == StoredPart::Role::other) return read_as(*checkpoint, layer, *part.of, part.dtype);
  return tensor_of(weight_of(*checkpoint, layer, recipe), part.role);
}

}  // namespace

bool is_plain_int8(const PlannedLayer& planned) {
  const auto& recipe = planned.recipe;
  return recipe.storage == Precision::int8 && recipe.method == Method::weight_only &&
         !parse_weight_only_options(recipe.options).in_groups();
}

std::vector<TensorSource> octet_tensors(const PlannedLayer& planned) {
  std::vector<TensorSource> tensors;
  for (const auto& part : parts_of(planned.layer, planned.recipe))
    tensors.push_back(
        tensor_source(part.name, part.dtype, part.shape, [planned, part] { return made(planned, part); }));
  return tensors;
}

}  // namespace octet
