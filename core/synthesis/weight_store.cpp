#include "core/synthesis/weight_store.h"

#include <ATen/ATen.h>

#include "core/checkpoint/read_weight.h"
#include "core/quant/quantize.h"

namespace octet {

Weight weight_of(const Checkpoint& checkpoint, const Layer& layer, const Recipe& recipe) {
  const auto& tensor = layer.tensors.front();
  if (recipe.storage != Precision::int8)
    return DenseWeight{read_as(checkpoint, layer, tensor, dtype_of(recipe.storage))};
  if (layer.stored == Precision::int8) return read_stored_int8(checkpoint, layer);
  return quantize(read_folded(checkpoint, layer, tensor), layer.scale_axis(), recipe);
}

s3gen::LayerWeights WeightStore::make(const Layer& layer, const Recipe& recipe) const {
  s3gen::LayerWeights made;
  for (const auto& part : parts_of(layer, recipe)) {
    using enum StoredPart::Role;
    switch (part.role) {
      case weight: made.weight = moved(weight_of(*checkpoint_, layer, recipe), device_); break;
      case scale: break;  // comes with the weight
      case other:
        made.tensors.emplace(part.name.substr(part.name.rfind('.') + 1),
                             read_as(*checkpoint_, layer, *part.of, part.dtype).to(device_));
    }
  }
  return made;
}

bool WeightStore::holds(const Layer& layer, const Recipe& recipe) const {
  return made_.holds({layer.name, recipe});
}

std::shared_ptr<const s3gen::LayerWeights> WeightStore::get(const Layer& layer, const Recipe& recipe) {
  return made_.get({layer.name, recipe}, [&] { return make(layer, recipe); });
}

}  // namespace octet
