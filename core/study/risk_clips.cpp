#include "core/study/risk_clips.h"

#include <ATen/ATen.h>

namespace octet {

RiskModels::RiskModels(const Engine& with, const ResolvedPlan& of)
    : engine(with),
      reference(with.bind(preset("all-base", Precision::fp32, /*include_tokenizer=*/false))),
      plan(with.bind(of)),
      bf16(with.bind(preset("all-base", Precision::bf16, /*include_tokenizer=*/false))) {}

Synthesis RiskModels::speak(const BoundModel& model, const SynthesisRequest& request,
                            const JobControl& control) const {
  return engine.synthesize(model, request, {control.stop, {}});
}

double relative_error(const at::Tensor& reference, const at::Tensor& test) {
  const auto right = reference.to(at::kDouble);
  const auto norm = right.norm().item<double>();
  return norm > 0 ? (test.to(at::kDouble) - right).norm().item<double>() / norm : 0;
}

}  // namespace octet
