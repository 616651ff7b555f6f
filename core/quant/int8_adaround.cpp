#include "core/quant/int8_adaround.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "core/error.h"
#include "core/kernels/in_parallel.h"
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

/// Rows that are rounded together, on one thread: few enough that what a step makes of them stays in its
/// cache. Always as many, so that sums are the same however many threads there are.
constexpr std::int64_t kRowsAtOnce = 32;

/// Rows of a product that are rounded together; fp64.
struct Block {
  at::Tensor ratio;         ///< [outputs, K], of weights and their scales
  at::Tensor scales;        ///< [outputs, K]
  at::Tensor plain;         ///< [outputs, K], integers that are nearest
  at::Tensor plain_errors;  ///< [outputs], of those

  Block(const at::Tensor& rows, const at::Tensor& of_rows, const at::Tensor& hessian)
      : ratio((rows / of_rows).contiguous()),
        scales(of_rows.contiguous()),
        plain(at::clamp(at::round(ratio), -127, 127)) {
    plain_errors = errors_of((plain - ratio) * scales, hessian);
  }
};

/// Looks for better ones; without memory of its own for each step, which threads would wait for each other
/// over.
class Search {
 public:
  /// `unit`: the mean error of a plainly rounded weight of the whole layer.
  Search(const Block& block, const at::Tensor& hessian, double unit)
      : block_(block),
        hessian_(hessian),
        unit_(unit),
        below_(at::floor(block.ratio)),
        position_(-at::log(kWidth / (block.ratio - below_ - kBelow) - 1)) {}

  void step(std::int64_t step, std::int64_t steps) {
    at::sigmoid_out(sigmoid_, position_);
    for (std::int64_t i = 0; i < count_; ++i)
      error_at_[i] = (below_at_[i] + share_of(sigmoid_at_[i]) - ratio_at_[i]) * scale_at_[i];
    at::mm_out(slope_, error_, hessian_);
    for (std::int64_t i = 0; i < count_; ++i) decided_at_[i] = std::abs(2 * share_of(sigmoid_at_[i]) - 1);
    const auto steepness = kFlat + (kSteep - kFlat) * static_cast<double>(step) / static_cast<double>(steps);
    at::pow_out(decided_, decided_, steepness - 1);
    move(2 * kUndecided * steepness, 1 - std::pow(kMomentum, static_cast<double>(step + 1)),
         1 - std::pow(kSquares, static_cast<double>(step + 1)));
  }

  /// [outputs, K]; of an output that plain ones serve as well, those.
  at::Tensor integers() const {
    const auto share = at::sigmoid(position_) * kWidth + kBelow;
    const auto found = at::clamp(below_ + (share >= 0.5).to(at::kDouble), -127, 127);
    const auto better = errors_of((found - block_.ratio) * block_.scales, hessian_) < block_.plain_errors;
    return at::where(better.unsqueeze(1), found, block_.plain);
  }

 private:
  static double share_of(double sigmoid) { return std::clamp(sigmoid * kWidth + kBelow, 0.0, 1.0); }

  /// By Adam, along the slopes of the error and of what being undecided costs.
  void move(double undecided, double mean_share, double square_share) {
    for (std::int64_t i = 0; i < count_; ++i) {
      const auto sigmoid = sigmoid_at_[i], stretched = sigmoid * kWidth + kBelow;
      const auto side = 2 * share_of(sigmoid) - 1;
      const double sign = side > 0 ? 1 : side < 0 ? -1 : 0;
      const double free = stretched > 0 && stretched < 1 ? 1 : 0;
      const auto slope = (slope_at_[i] * scale_at_[i] * (2 / unit_) - decided_at_[i] * sign * undecided) *
                         sigmoid * (1 - sigmoid) * kWidth * free;
      mean_at_[i] = kMomentum * mean_at_[i] + (1 - kMomentum) * slope;
      square_at_[i] = kSquares * square_at_[i] + (1 - kSquares) * slope * slope;
      position_at_[i] -=
          kRate * (mean_at_[i] / mean_share) / (std::sqrt(square_at_[i] / square_share) + kTiny);
    }
  }

  const Block& block_;
  const at::Tensor& hessian_;
  const double unit_;
  const at::Tensor below_;
  at::Tensor position_, sigmoid_ = at::empty_like(position_), error_ = at::empty_like(position_),
                        slope_ = at::empty_like(position_), decided_ = at::empty_like(position_),
                        mean_ = at::zeros_like(position_), square_ = at::zeros_like(position_);
  const std::int64_t count_ = position_.numel();
  const double *below_at_ = below_.const_data_ptr<double>(),
               *ratio_at_ = block_.ratio.const_data_ptr<double>(),
               *scale_at_ = block_.scales.const_data_ptr<double>(),
               *sigmoid_at_ = sigmoid_.const_data_ptr<double>(), *slope_at_ = slope_.const_data_ptr<double>();
  double *position_at_ = position_.mutable_data_ptr<double>(), *error_at_ = error_.mutable_data_ptr<double>(),
         *decided_at_ = decided_.mutable_data_ptr<double>(), *mean_at_ = mean_.mutable_data_ptr<double>(),
         *square_at_ = square_.mutable_data_ptr<double>();
};

/// Integers [outputs, K].
at::Tensor searched(const Block& block, const at::Tensor& hessian, double unit, std::int64_t steps,
                    const std::stop_token& stop) {
  Search search(block, hessian, unit);
  for (std::int64_t step = 0; step < steps; ++step) {
    if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "cancelled in AdaRound");
    search.step(step, steps);
  }
  return search.integers();
}

/// Integers for `rows` [outputs, K], whose scales are `scales`; fp64.
at::Tensor rounded(const at::Tensor& rows, const at::Tensor& scales, const at::Tensor& hessian,
                   std::int64_t steps, const std::stop_token& stop) {
  const auto count = (rows.size(0) + kRowsAtOnce - 1) / kRowsAtOnce;
  const auto for_each = [&](const auto& work) {
    in_parallel(count, /*grain=*/1, [&](std::int64_t begin, std::int64_t end) {
      for (auto i = begin; i < end; ++i) work(static_cast<std::size_t>(i));
    });
  };
  const auto part = [](const at::Tensor& of, std::size_t i) {
    const auto first = static_cast<std::int64_t>(i) * kRowsAtOnce;
    return of.slice(0, first, std::min(first + kRowsAtOnce, of.size(0)));
  };
  std::vector<std::optional<Block>> blocks(static_cast<std::size_t>(count));
  for_each([&](std::size_t i) { blocks[i].emplace(part(rows, i), part(scales, i), hessian); });
  double sum = 0;
  for (const auto& block : blocks) sum += block->plain_errors.sum().item<double>();
  const auto unit = sum / static_cast<double>(rows.numel());
  const auto integers = at::empty_like(rows);
  for_each([&](std::size_t i) {
    part(integers, i).copy_(unit > 0 ? searched(*blocks[i], hessian, unit, steps, stop) : blocks[i]->plain);
    blocks[i].reset();
  });
  return integers;
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
