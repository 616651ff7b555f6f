#include "core/synthesis/weight_store.h"

#include <ATen/ATen.h>

#include "core/checkpoint/read_weight.h"
#include "core/plan/size.h"
#include "core/quant/int8_weight_only.h"

namespace octet {

Int8Weight int8_weight(const Checkpoint& checkpoint, const Layer& layer) {
  if (layer.stored == Precision::int8) return read_stored_int8(checkpoint, layer);
  return quantize_int8(read_folded(checkpoint, layer, layer.weight()), layer.scale_axis());
}

s3gen::LayerWeights WeightStore::make(const Layer& layer, const Recipe& recipe) const {
  s3gen::LayerWeights made;
  for (const auto& tensor : layer.tensors) {
    const auto last_name = tensor.name.substr(tensor.name.rfind('.') + 1);
    const auto dtype = written_dtype(layer, tensor, recipe);
    if (dtype == Dtype::i8) {
      const auto int8 = int8_weight(*checkpoint_, layer);
      made.weight = Int8Weight{int8.values.to(device_), int8.scale.to(device_)};
      continue;
    }
    const auto values = read_as(*checkpoint_, layer, tensor, dtype).to(device_);
    if (last_name == "weight")
      made.weight = DenseWeight{values};
    else
      made.tensors.emplace(last_name, values);
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
