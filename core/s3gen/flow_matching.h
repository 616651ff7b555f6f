#pragma once

#include <functional>

#include "core/s3gen/estimator.h"

namespace octet::s3gen {

/// What the flow starts from. Without `tail`, all of it is `noise`.
struct FlowNoise {
  at::Tensor noise;  ///< fp32 [clips, 80, frames] over prompt and output
  at::Tensor
      tail;  ///< meanflow: fp32 [clips, 80, output frames], replaces the end of `noise`; else undefined
};

/// Where the steps begin, fp32 [clips, 80, frames].
at::Tensor initial_state(const FlowNoise& noise);

/// Classifier-free guidance: conditioned counts 1 + kGuidance times, the other half -kGuidance times.
constexpr double kGuidance = 0.7;

/// CausalConditionalCFM (chatterbox flow_matching.py): Euler steps from noise to a mel spectrogram, with
/// classifier-free guidance on a cosine schedule, or without on a linear one for meanflow. start: of
/// initial_state; mu, condition: fp32 [clips, 80, frames]; speaker: fp32 [clips, 80]; steps >= 1; the run's
/// lengths are in frames. `on_step` sees the state after each step, fp32 [clips, 80, frames]; it may throw to
/// cancel. Times and the state stay fp32 whatever the estimator computes in.
at::Tensor solve_flow(const Estimator& estimator, const at::Tensor& start, const at::Tensor& mu,
                      const at::Tensor& speaker, const at::Tensor& condition, int steps, const Run& run,
                      const std::function<void(int step, const at::Tensor& state)>& on_step);

/// Bytes of converted weights that the steps may keep. At full size the estimator has 284 MB in fp32.
constexpr std::uint64_t kMostConverted = 320'000'000;

/// Times of the steps, fp32 [steps + 1] from 0 to 1.
at::Tensor time_grid(int steps, bool meanflow);

}  // namespace octet::s3gen
