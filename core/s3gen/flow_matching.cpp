#include "core/s3gen/flow_matching.h"

#include <ATen/ATen.h>

#include <numbers>

#include "core/ops/conversions.h"

namespace octet::s3gen {

at::Tensor time_grid(int steps, bool meanflow) {
  const auto linear = at::linspace(0, 1, steps + 1, at::kFloat);
  return meanflow ? linear : 1 - at::cos(linear * 0.5 * std::numbers::pi);
}

at::Tensor initial_state(const FlowNoise& noise) {
  const auto& x = noise.noise;
  if (!noise.tail.defined()) return x;
  return at::cat({x.slice(2, 0, x.size(2) - noise.tail.size(2)), noise.tail}, 2);
}

at::Tensor solve_flow(const Estimator& estimator, const at::Tensor& start, const at::Tensor& mu,
                      const at::Tensor& speaker, const at::Tensor& condition, int steps, const Run& run,
                      const std::function<void(int step, const at::Tensor& state)>& on_step) {
  auto x = start;

  // Guidance: the second half of the batch sees no tokens, no speaker and no prompt.
  const bool guided = !estimator.meanflow();
  const auto with_blank = [&](const at::Tensor& t) { return guided ? at::cat({t, at::zeros_like(t)}) : t; };
  const auto twice = [&](const at::Tensor& t) { return guided ? at::cat({t, t}) : t; };
  const auto clips = x.size(0), batch = guided ? 2 * clips : clips;
  const auto mu_in = with_blank(mu), speaker_in = with_blank(speaker), condition_in = with_blank(condition);

  Conversions conversions(kMostConverted);
  auto stepping = run;
  stepping.conversions = &conversions;
  if (run.lengths.defined()) stepping.lengths = twice(run.lengths);
  const auto times = time_grid(steps, estimator.meanflow());
  for (int step = 0; step < steps; ++step) {
    const auto begin = times.slice(0, step, step + 1), end = times.slice(0, step + 1, step + 2);
    auto slope = estimator(twice(x), mu_in, speaker_in, condition_in, begin.repeat(batch).to(run.device),
                           end.repeat(batch).to(run.device), stepping);
    if (guided) slope = (1.0 + kGuidance) * slope.slice(0, 0, clips) - kGuidance * slope.slice(0, clips);
    x = x + (end - begin).to(run.device) * slope;
    on_step(step, x);
  }
  return x;
}

}  // namespace octet::s3gen
