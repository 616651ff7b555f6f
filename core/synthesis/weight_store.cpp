#include "core/synthesis/weight_store.h"

#include <ATen/ATen.h>

#include <fmt/format.h>

#include "core/checkpoint/read_statistics.h"
#include "core/checkpoint/read_weight.h"
#include "core/error.h"
#include "core/kernels/dequantize.h"
#include "core/quant/bias_correction.h"
#include "core/quant/quantize.h"
#include "core/tensor/layer_kinds.h"

namespace octet {
namespace {

/// Integers of a file are what they were made as: another way of making them needs what they were made from.
void refuse_another_making(const Checkpoint& checkpoint, const Layer& layer, const Recipe& recipe) {
  if (layer.method == recipe.method && layer.options == recipe.options) return;
  const auto shown = [](const auto& made) {
    return to_string(Recipe{Precision::int8, Precision::int8, made.method, made.options});
  };
  throw Error(ErrorKind::usage,
              fmt::format("{}: layer {} is stored as {}, the plan asks for {}", checkpoint.path().string(),
                          layer.name, shown(layer), shown(recipe)),
              "use the plan that the file carries, or the checkpoint it was made from");
}

InputStatistics statistics_of(const Layer& layer, const Calibration* calibration) {
  if (!calibration)
    throw Error(ErrorKind::usage,
                fmt::format("layer {} is made with a calibration, and none is given", layer.name),
                "give --calibration");
  return read_statistics(calibration->file(), layer);
}

}  // namespace

at::Tensor tensor_beside(const std::function<Weight()>& weight, const Checkpoint& checkpoint,
                         const Layer& layer, const LayerTensor& tensor, Dtype dtype, const Recipe& recipe,
                         const Calibration* calibration) {
  const bool is_made = layer.stored == Precision::int8;
  if (is_made || !is_bias(layer, tensor) || !corrects_bias(recipe))
    return read_as(checkpoint, layer, tensor, dtype);
  const auto lost = read_folded(checkpoint, layer, layer.weight()) - values_in(weight(), at::kFloat);
  const auto bias = read_folded(checkpoint, layer, tensor).to(at::kDouble) +
                    mean_output(lost, layer.scale_axis(), statistics_of(layer, calibration));
  return held_as(bias.to(at::kFloat), checkpoint, layer, tensor, dtype);
}

Weight weight_of(const Checkpoint& checkpoint, const Layer& layer, const Recipe& recipe,
                 const Calibration* calibration, const std::stop_token& stop) {
  const auto& tensor = layer.tensors.front();
  if (recipe.storage != Precision::int8)
    return DenseWeight{read_as(checkpoint, layer, tensor, dtype_of(recipe.storage))};
  if (layer.stored == Precision::int8) {
    refuse_another_making(checkpoint, layer, recipe);
    return read_stored_int8(checkpoint, layer);
  }
  const auto statistics = [&] { return statistics_of(layer, calibration); };
  return quantize(read_folded(checkpoint, layer, tensor), layer.scale_axis(), recipe, {statistics, stop});
}

s3gen::LayerWeights WeightStore::make(const Layer& layer, const Recipe& recipe,
                                      const Calibration* calibration, const std::stop_token& stop) const {
  s3gen::LayerWeights made;
  for (const auto& part : parts_of(layer, recipe)) {
    using enum StoredPart::Role;
    switch (part.role) {
      case weight:
        made.weight = moved(weight_of(*checkpoint_, layer, recipe, calibration, stop), device_);
        break;
      case scale:
      case zero_point:
      case outliers: break;  // come with the weight
      case other:
        made.tensors.emplace(part.name.substr(part.name.rfind('.') + 1),
                             tensor_beside([&] { return moved(made.weight.value(), at::kCPU); }, *checkpoint_,
                                           layer, *part.of, part.dtype, recipe, calibration)
                                 .to(device_));
    }
  }
  return made;
}

bool WeightStore::holds(const Layer& layer, const Recipe& recipe) const {
  return made_.holds({layer.name, recipe});
}

std::shared_ptr<const s3gen::LayerWeights> WeightStore::get(const Layer& layer, const Recipe& recipe,
                                                            const Calibration* calibration,
                                                            const std::stop_token& stop) {
  return made_.get({layer.name, recipe}, [&] { return make(layer, recipe, calibration, stop); });
}

}  // namespace octet
