#include "core/kernels/weight_ops.h"

#include <ATen/ATen.h>

#include "core/kernels/dequantize.h"

namespace octet {
namespace {

at::ScalarType compute_type(const at::Tensor& x, const Weight& weight) {
  const auto* dense = std::get_if<DenseWeight>(&weight);
  return dense ? at::promote_types(x.scalar_type(), dense->values.scalar_type()) : x.scalar_type();
}

at::Tensor in_type(const Weight& weight, at::ScalarType dtype) {
  if (const auto* int8 = std::get_if<Int8Weight>(&weight)) return dequantize(*int8, dtype);
  return std::get<DenseWeight>(weight).values.to(dtype);
}

/// Runs `op(x, weight, bias)` in the common type and returns the input's.
template <typename Op>
at::Tensor in_common_type(const at::Tensor& x, const Weight& weight, const Bias& bias, const Op& op) {
  const auto dtype = compute_type(x, weight);
  const auto cast_bias = bias ? Bias(bias->to(dtype)) : Bias();
  return op(x.to(dtype), in_type(weight, dtype), cast_bias).to(x.scalar_type());
}

}  // namespace

at::Tensor linear(const at::Tensor& x, const Weight& weight, const Bias& bias) {
  return in_common_type(x, weight, bias, [](const auto& input, const auto& w, const auto& b) {
    return at::linear(input, w, b);
  });
}

at::Tensor conv1d(const at::Tensor& x, const Weight& weight, const Bias& bias, const ConvShape& shape) {
  return in_common_type(x, weight, bias, [&](const auto& input, const auto& w, const auto& b) {
    return at::conv1d(input, w, b, shape.stride, shape.padding, shape.dilation, shape.groups);
  });
}

at::Tensor conv_transpose1d(const at::Tensor& x, const Weight& weight, const Bias& bias,
                            const ConvShape& shape) {
  return in_common_type(x, weight, bias, [&](const auto& input, const auto& w, const auto& b) {
    return at::conv_transpose1d(input, w, b, shape.stride, shape.padding, 0, shape.groups, shape.dilation);
  });
}

at::Tensor conv2d(const at::Tensor& x, const Weight& weight, std::int64_t row_stride, std::int64_t padding) {
  return in_common_type(x, weight, {}, [&](const auto& input, const auto& w, const auto& b) {
    return at::conv2d(input, w, b, at::IntArrayRef{row_stride, 1}, at::IntArrayRef{padding, padding});
  });
}

at::Tensor embedding(const at::Tensor& ids, const Weight& weight, at::ScalarType dtype) {
  if (const auto* int8 = std::get_if<Int8Weight>(&weight))
    return at::embedding(int8->values, ids).to(at::kFloat).mul_(at::embedding(int8->scale, ids)).to(dtype);
  return at::embedding(std::get<DenseWeight>(weight).values, ids).to(dtype);
}

}  // namespace octet
