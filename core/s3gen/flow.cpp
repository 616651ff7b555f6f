#include "core/s3gen/flow.h"

#include <ATen/ATen.h>

namespace octet::s3gen {

Flow::Flow(const Scope& scope, std::int64_t estimator_head_width)
    : token_table_(scope / "input_embedding"),
      speaker_projection_(scope / "spk_embed_affine_layer"),
      encoder_(scope / "encoder"),
      encoder_projection_(scope / "encoder_proj"),
      estimator_(scope / "decoder" / "estimator", estimator_head_width) {
  if (scope.graphs())
    captured_.emplace(scope / "decoder" / "estimator", estimator_head_width, estimator_, scope.graphs());
}

at::Tensor Flow::encode(const at::Tensor& tokens) const {
  return encoder_projection_(encoder_(token_table_(tokens))).to(at::kFloat);
}

at::Tensor Flow::solve(const FlowNoise& noise, const at::Tensor& mu, const at::Tensor& speaker,
                       const at::Tensor& condition, int steps,
                       const std::function<void(int step, const at::Tensor& state)>& on_step) const {
  if (captured_) return (*captured_)(noise, mu, speaker, condition, steps, on_step);
  return solve_flow(estimator_, noise, mu, speaker, condition, steps, on_step);
}

at::Tensor Flow::project_speaker(const at::Tensor& embedding) const {
  const auto norm =
      at::linalg_vector_norm(embedding, 2, at::IntArrayRef{1}, /*keepdim=*/true).clamp_min(1e-12);
  return speaker_projection_(embedding / norm);
}

}  // namespace octet::s3gen
