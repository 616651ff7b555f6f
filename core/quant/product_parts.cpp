#include "core/quant/product_parts.h"

#include <ATen/ATen.h>

namespace octet {

at::Tensor ProductPart::view_of(const at::Tensor& whole) const {
  if (transposed_) return whole.transpose(0, 1).slice(2, index_, whole.size(2), parts_);
  const auto outputs = whole.size(0) / parts_;
  return whole.narrow(0, index_ * outputs, outputs);
}

at::Tensor ProductPart::outputs_of(const at::Tensor& whole) const {
  if (transposed_) return whole;
  const auto outputs = whole.size(0) / parts_;
  return whole.narrow(0, index_ * outputs, outputs);
}

void ProductPart::set_rows(const at::Tensor& whole, const at::Tensor& rows) const {
  auto view = view_of(whole);
  view.copy_(rows.view(view.sizes()));
}

std::vector<ProductPart> product_parts(const at::Tensor& weight, int channel_axis,
                                       const InputStatistics& statistics) {
  std::vector<ProductPart> parts;
  const auto& hessian = statistics.hessian;
  if (channel_axis == 0) {
    for (std::int64_t i = 0; i < hessian.size(0); ++i)
      parts.push_back({i, hessian.size(0), /*transposed=*/false, hessian[i], statistics.mean[i]});
    return parts;
  }
  const auto inputs = weight.size(0), taps = hessian.size(1) / inputs;
  const auto by_tap = hessian.view({inputs, taps, inputs, taps});
  const auto means = statistics.mean.view({inputs, taps});
  for (std::int64_t phase = 0; phase < std::min(statistics.phases, weight.size(2)); ++phase) {
    // The last phases may have a tap less.
    const auto own = (weight.size(2) - phase + statistics.phases - 1) / statistics.phases;
    parts.push_back({phase, statistics.phases, /*transposed=*/true,
                     by_tap.slice(1, 0, own).slice(3, 0, own).reshape({inputs * own, inputs * own}),
                     means.slice(1, 0, own).reshape({inputs * own})});
  }
  return parts;
}

}  // namespace octet
