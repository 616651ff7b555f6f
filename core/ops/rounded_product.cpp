#include "core/ops/rounded_product.h"

#include <ATen/ATen.h>

#include "core/kernels/dequantize.h"

namespace octet {

RoundedProduct::RoundedProduct(const DynamicInt8Weight& weight, const Bias& bias)
    : rounding_(weight.rounding) {
  const auto& [values, scale] = weight.integers;
  columns_.integers = values.contiguous();
  columns_.scale = scale.reshape({-1}).contiguous();
  columns_.sums = at::sum(values, 1, /*keepdim=*/false, at::kInt);
  if (bias) columns_.bias = bias->to(at::kFloat).contiguous();
  if (!weight.outliers.defined()) return;
  const auto is_one = weight.outliers.to(at::kBool);
  const auto features = at::nonzero(is_one).flatten();
  fixed_ = {is_one, features, values.index_select(1, features)};
}

at::Tensor RoundedProduct::operator()(const Int8Rows& x, at::ScalarType result) const {
  return multiply_rows(x, columns_, result);
}

at::Tensor RoundedProduct::operator()(const at::Tensor& x, at::ScalarType result) const {
  if (!rounding_.outliers_from) return (*this)(quantize_rows(x, rounding_.scales), result);
  const auto exact = x.to(at::kFloat);
  const auto [inliers, is_outlier] =
      quantize_inliers(fixed_ ? exact.masked_fill(fixed_->is_one, 0) : exact, *rounding_.outliers_from);
  auto results = multiply_rows(inliers, columns_, at::kFloat);
  const auto add = [&](const at::Tensor& outliers, const at::Tensor& integers) {
    const Int8Weight weight{integers, columns_.scale.unsqueeze(1)};
    results.addmm_(outliers, dequantize(weight, x.scalar_type()).to(at::kFloat).t());
  };
  if (fixed_) {
    if (fixed_->features.numel() > 0) add(exact.index_select(1, fixed_->features), fixed_->integers);
  } else if (x.is_cuda()) {  // how many there are is not known here
    add(exact.masked_fill(is_outlier.logical_not(), 0), columns_.integers);
  } else if (const auto features = at::nonzero(is_outlier).flatten(); features.numel() > 0) {
    add(exact.index_select(1, features), columns_.integers.index_select(1, features));
  }
  return results.to(result);
}

}  // namespace octet
