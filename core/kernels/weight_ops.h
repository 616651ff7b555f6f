#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "core/tensor/weight.h"

namespace octet {

/// The operations a Weight takes part in. They compute in the wider of the input's and the weight's type
/// (int8: the input's) and return the input's type; an int8 weight is dequantized right before, one layer at
/// a time. Shapes and semantics are PyTorch's F.linear, F.conv1d, F.conv_transpose1d, F.conv2d and
/// F.embedding.
using Bias = std::optional<at::Tensor>;

struct ConvShape {
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
};

at::Tensor linear(const at::Tensor& x, const Weight& weight, const Bias& bias);
at::Tensor conv1d(const at::Tensor& x, const Weight& weight, const Bias& bias, const ConvShape& shape);
at::Tensor conv_transpose1d(const at::Tensor& x, const Weight& weight, const Bias& bias,
                            const ConvShape& shape);
/// `row_stride` applies to the first spatial axis only, as in CAMPPlus.
at::Tensor conv2d(const at::Tensor& x, const Weight& weight, std::int64_t row_stride, std::int64_t padding);
/// Rows of the table in `dtype`; only the rows asked for are dequantized. `ids` int64, within the table.
at::Tensor embedding(const at::Tensor& ids, const Weight& weight, at::ScalarType dtype);

}  // namespace octet
