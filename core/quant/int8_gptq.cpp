#include "core/quant/int8_gptq.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.h"
#include "core/quant/chosen_integers.h"

namespace octet {
namespace {

/// U of H^-1 = U^T U, of H with so much of its mean square added that it can be inverted.
at::Tensor inverse_root(const at::Tensor& hessian, double damping) {
  const auto mean = hessian.diagonal().mean().item<double>();
  for (;; damping *= 10) {
    auto damped = hessian.clone();
    damped.diagonal().add_(mean > 0 ? damping * mean : 1);
    const auto [lower, fault] = at::linalg_cholesky_ex(damped);
    if (fault.item<int>() != 0) continue;
    const auto [upper, another] = at::linalg_cholesky_ex(at::cholesky_inverse(lower), /*upper=*/true);
    if (another.item<int>() == 0) return upper;
  }
}

/// Integers for `rows` [outputs, K], whose scales are `scales`; fp64.
at::Tensor rounded(const at::Tensor& rows, const at::Tensor& scales, const at::Tensor& hessian,
                   const GptqOptions& options, const std::stop_token& stop) {
  const auto inputs = rows.size(1);
  const auto order = options.order == GptqOptions::Order::activation
                         ? at::argsort(hessian.diagonal(), /*stable=*/true, /*dim=*/0, /*descending=*/true)
                         : at::arange(inputs, at::kLong);
  const auto root = inverse_root(hessian.index_select(0, order).index_select(1, order), options.damping);
  const auto left = rows.t().index_select(0, order);  // what is left to be rounded, an input a row
  const auto steps = scales.t().index_select(0, order);
  auto integers = at::empty_like(left);
  for (std::int64_t begin = 0; begin < inputs; begin += options.block) {
    const auto end = std::min(begin + options.block, inputs);
    auto errors = at::empty({end - begin, left.size(1)}, left.options());
    for (auto i = begin; i < end; ++i) {
      if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "cancelled in GPTQ");
      const auto integer = at::clamp(at::round(left[i] / steps[i]), -127, 127);
      integers[i].copy_(integer);
      const auto error = (left[i] - integer * steps[i]) / root[i][i];
      errors[i - begin].copy_(error);
      left.slice(0, i + 1, end).addr_(root[i].slice(0, i + 1, end), error, 1, -1);
    }
    left.slice(0, end).addmm_(root.slice(0, begin, end).slice(1, end).t(), errors, 1, -1);
  }
  return at::empty_like(integers).index_copy_(0, order, integers).t();
}

}  // namespace

Weight quantize_gptq(const at::Tensor& weight, int channel_axis, const InputStatistics& statistics,
                     const GptqOptions& options, const std::stop_token& stop) {
  return with_chosen_integers(
      weight, channel_axis, statistics, options.group,
      [&](const at::Tensor& rows, const at::Tensor& scales, const at::Tensor& hessian) {
        return rounded(rows, scales, hessian, options, stop);
      });
}

}  // namespace octet
