#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "core/synthesis/bound_model.h"

namespace octet {

/// What a risk is looked at with: fp32, which is the reference; the plan; every layer in bf16, the floor.
struct RiskModels {
  RiskModels(const Engine& engine, const ResolvedPlan& plan);

  Synthesis speak(const BoundModel& model, const SynthesisRequest& request, const JobControl& control) const;

  const Engine& engine;
  std::shared_ptr<const BoundModel> reference, plan, bf16;
};

/// |test - reference| / |reference| over all values, in fp64; 0 where the reference is.
double relative_error(const at::Tensor& reference, const at::Tensor& test);

}  // namespace octet
