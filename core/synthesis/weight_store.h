#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "core/checkpoint/calibration.h"
#include "core/checkpoint/checkpoint.h"
#include "core/s3gen/layers.h"
#include "core/synthesis/made_once.h"
#include "core/tensor/recipe.h"

namespace octet {

/// Makes layers ready to compute with and shares those that bound models agree on. A layer lives as long as a
/// model uses it.
class WeightStore {
 public:
  WeightStore(std::shared_ptr<const Checkpoint> checkpoint, at::Device device)
      : checkpoint_(std::move(checkpoint)), device_(device) {}

  /// Whether `get` has the layer at hand.
  bool holds(const Layer& layer, const Recipe& recipe) const;

  /// Throws Error(input) naming the tensor when a weight is not finite, or not in the type the recipe gives
  /// it.
  std::shared_ptr<const s3gen::LayerWeights> get(const Layer& layer, const Recipe& recipe,
                                                 const Calibration* calibration = nullptr,
                                                 const std::stop_token& stop = {});

 private:
  s3gen::LayerWeights make(const Layer& layer, const Recipe& recipe, const Calibration* calibration,
                           const std::stop_token& stop) const;

  std::shared_ptr<const Checkpoint> checkpoint_;
  at::Device device_;
  MadeOnce<std::pair<std::string, Recipe>, s3gen::LayerWeights> made_;
};

/// A tensor beside the weight of `layer`, in `dtype`, as `recipe` has it: a bias that is corrected is, by
/// what `weight()`, that of weight_of, loses. On the CPU. Throws as weight_of does.
at::Tensor tensor_beside(const std::function<Weight()>& weight, const Checkpoint& checkpoint,
                         const Layer& layer, const LayerTensor& tensor, Dtype dtype, const Recipe& recipe,
                         const Calibration* calibration = nullptr);

/// The weight of `layer` as `recipe` has it: as stored in an export, else made from the folded fp32 weight.
/// On the CPU. `calibration`: the one that the recipe names, or none. Throws Error(input) naming the tensor,
/// Error(usage) where a calibration is needed and there is none, Error(cancelled).
Weight weight_of(const Checkpoint& checkpoint, const Layer& layer, const Recipe& recipe,
                 const Calibration* calibration = nullptr, const std::stop_token& stop = {});

}  // namespace octet
