#pragma once

#include <ATen/core/Tensor.h>

#include "core/synthesis/weight_store.h"
#include "tests/demo_voice.h"

namespace octet::test {

/// One component of the demo voice under a plan, as the engine binds it, on the CPU.
inline s3gen::ModelWeights component_weights(std::string_view component, const PrecisionPlan& plan) {
  const auto checkpoint = demo_checkpoint();
  const auto resolved = resolve(plan, checkpoint->layers());
  WeightStore store(checkpoint, at::kCPU);
  s3gen::ModelWeights weights;
  weights.activations = plan.base == Precision::bf16   ? at::kBFloat16
                        : plan.base == Precision::fp16 ? at::kHalf
                                                       : at::kFloat;
  const auto& layers = checkpoint->layers();
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].component == component)
      weights.layers[layers[i].name] = store.get(layers[i], resolved.layers[i].effective);
  return weights;
}

}  // namespace octet::test
