#include "core/quant/int8_adaround.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.h"
#include "core/quant/chosen_integers.h"

namespace octet {
namespace {

// The sigmoid is stretched, so that it gets to 0 and to 1.
constexpr double kAbove = 1.1, kBelow = -0.1, kWidth = kAbove - kBelow;
/// What a weight between two integers costs, in mean errors of a plainly rounded one.
constexpr double kUndecided = 10;
/// How steep that is, at the first step and at the last.
constexpr double kFlat = 20, kSteep = 2;
// Of Adam (https://arxiv.org/abs/1412.6980).
constexpr double kRate = 0.1, kMomentum = 0.9, kSquares = 0.999, kTiny = 1e-8;

/// Of each row [outputs, K] the output's squared error.
at::Tensor errors_of(const at::Tensor& rows, const at::Tensor& hessian) {
  return (at::matmul(rows, hessian) * rows).sum(1);
}

/// Integers for `rows` [outputs, K], whose scales are `scales`; fp64.
at::Tensor rounded(const at::Tensor& rows, const at::Tensor& scales, const at::Tensor& hessian,
                   std::int64_t steps, const std::stop_token& stop) {
  const auto ratio = rows / scales, below = at::floor(ratio);
  auto plain = at::clamp(at::round(ratio), -127, 127);
  const auto plain_errors = errors_of((plain - ratio) * scales, hessian);
  const auto unit = plain_errors.sum().item<double>() / static_cast<double>(rows.numel());
  if (unit <= 0) return plain;

  auto position = -at::log(kWidth / (ratio - below - kBelow) - 1);
  auto mean = at::zeros_like(position), square = at::zeros_like(position);
  for (std::int64_t step = 0; step < steps; ++step) {
    if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "cancelled in AdaRound");
    const auto sigmoid = at::sigmoid(position);
    const auto stretched = sigmoid * kWidth + kBelow, share = at::clamp(stretched, 0, 1);
    const auto error = (below + share - ratio) * scales;
    auto slope = at::matmul(error, hessian) * scales * (2 / unit);
    const auto steepness = kFlat + (kSteep - kFlat) * static_cast<double>(step) / static_cast<double>(steps);
    const auto side = 2 * share - 1;
    slope -= at::pow(at::abs(side), steepness - 1) * at::sign(side) * (2 * kUndecided * steepness);
    slope *= sigmoid * (1 - sigmoid) * kWidth * (stretched > 0) * (stretched < 1);
    mean = kMomentum * mean + (1 - kMomentum) * slope;
    square = kSquares * square + (1 - kSquares) * slope * slope;
    const auto taken = static_cast<double>(step + 1);
    position = position - kRate * (mean / (1 - std::pow(kMomentum, taken))) /
                              (at::sqrt(square / (1 - std::pow(kSquares, taken))) + kTiny);
  }
  const auto share = at::sigmoid(position) * kWidth + kBelow;
  const auto found = at::clamp(below + (share >= 0.5).to(at::kDouble), -127, 127);
  const auto better = errors_of((found - ratio) * scales, hessian) < plain_errors;
  return at::where(better.unsqueeze(1), found, plain);
}

}  // namespace

Weight quantize_adaround(const at::Tensor& weight, int channel_axis, const InputStatistics& statistics,
                         const AdaRoundOptions& options, const std::stop_token& stop) {
  return with_chosen_integers(
      weight, channel_axis, statistics, options.group,
      [&](const at::Tensor& rows, const at::Tensor& scales, const at::Tensor& hessian) {
        return rounded(rows, scales, hessian, options.steps, stop);
      });
}

}  // namespace octet
