#include <ATen/ATen.h>

#include "core/checkpoint/read_weight.h"
#include "core/checkpoint/schema.h"
#include "core/checkpoint/weight_norm.h"
#include "core/export/layer_tensors.h"
#include "core/kernels/dequantize.h"

namespace octet {
namespace {

/// Whether upstream's module has weight norm (chatterbox/models/s3gen: hifigan.py, f0_predictor.py).
bool is_weight_normed_upstream(const Layer& layer) {
  const bool convolution = layer.type == LayerType::conv1d || layer.type == LayerType::conv_transpose1d;
  return layer.component == "mel2wav" && convolution && !layer.name.starts_with("mel2wav.source_downs.");
}

/// fp32 with the values that the recipe leaves; integers as they are.
at::Tensor values_of(const PlannedLayer& planned, const LayerTensor& tensor) {
  const auto& [checkpoint, layer, recipe, calibration, stop] = planned;
  if (layer.quantizable() && &tensor == &layer.weight()) return values_in(weight_of(planned), at::kFloat);
  if (!is_floating(tensor.stored)) return read_as(*checkpoint, layer, tensor, tensor.stored);
  return tensor_beside_weight(planned, tensor, dtype_of(recipe.base)).to(at::kFloat);
}

/// The two parts of a weight: those that are stored where nothing rounds it, else made from it.
WeightNorm parts_of_weight(const PlannedLayer& planned) {
  const auto& [checkpoint, layer, recipe, calibration, stop] = planned;
  const auto weight = values_of(planned, layer.weight());
  if (layer.weight_normed && recipe.storage == Precision::fp32)
    return {read_stored(*checkpoint, layer.name + std::string(kMagnitude)).to(at::kFloat),
            read_stored(*checkpoint, layer.name + std::string(kDirection)).to(at::kFloat)};
  return split_weight_norm(weight);
}

}  // namespace

std::vector<TensorSource> stock_tensors(const PlannedLayer& planned) {
  std::vector<TensorSource> tensors;
  for (const auto& tensor : planned.layer.tensors) {
    const auto* stored = &tensor;
    if (is_weight_normed_upstream(planned.layer) && stored == &planned.layer.weight()) {
      Shape one(tensor.shape.size(), 1);
      one[0] = tensor.shape[0];
      tensors.push_back(tensor_source(planned.layer.name + std::string(kMagnitude), Dtype::f32, one,
                                      [planned] { return parts_of_weight(planned).magnitude; }));
      tensors.push_back(tensor_source(planned.layer.name + std::string(kDirection), Dtype::f32, tensor.shape,
                                      [planned] { return parts_of_weight(planned).direction; }));
    } else {
      tensors.push_back(tensor_source(
          tensor.name, is_floating(tensor.stored) || tensor.stored == Dtype::i8 ? Dtype::f32 : tensor.stored,
          tensor.shape, [planned, stored] { return values_of(planned, *stored); }));
    }
  }
  return tensors;
}

}  // namespace octet
