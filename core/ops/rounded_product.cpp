#include "core/ops/rounded_product.h"

#include <ATen/ATen.h>

namespace octet {

RoundedProduct::RoundedProduct(const DynamicInt8Weight& weight, const Bias& bias)
    : rounding_(weight.rounding) {
  const auto& [values, scale] = weight.integers;
  columns_.integers = values.contiguous();
  columns_.scale = scale.reshape({-1}).contiguous();
  columns_.sums = at::sum(values, 1, /*keepdim=*/false, at::kInt);
  if (bias) columns_.bias = bias->to(at::kFloat).contiguous();
  if (weight.outliers.defined()) fixed_ = weight.outliers.to(at::kBool).contiguous();
  may_leave_out_ = rounding_.outliers_from && (!fixed_.defined() || fixed_.any().item<bool>());
}

at::Tensor RoundedProduct::operator()(const Int8Rows& x, at::ScalarType result) const {
  return multiply_rows(x, columns_, result);
}

at::Tensor RoundedProduct::operator()(const at::Tensor& x, at::ScalarType result) const {
  if (!rounding_.outliers_from) return (*this)(quantize_rows(x, rounding_.scales), result);
  const auto inliers =
      fixed_.defined() ? quantize_inliers(x, fixed_) : quantize_inliers(x, *rounding_.outliers_from);
  return may_leave_out_ ? multiply_with_outliers(x, inliers, columns_, result)
                        : multiply_rows(inliers.rows, columns_, result);
}

}  // namespace octet
