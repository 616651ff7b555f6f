#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/ops/conv_shape.h"
#include "core/ops/run.h"
#include "core/tensor/weight.h"

namespace octet {

// What the layers of a model compute with, operation by operation as upstream has them, made once from a
// weight, whatever its kind, and called many times. Shapes and semantics are those of PyTorch's F.linear,
// F.conv1d, F.conv_transpose1d, F.conv2d and F.embedding. The same over rows, for GPUs: row_ops.h,
// wave_ops.h.

/// An operation and its weight. Dense and int8 weights compute in the wider of the input's and the weight's
/// type (int8: the input's) and return the input's; an int8 weight is dequantized right before, unless the
/// run keeps conversions. Those that round their inputs multiply integers in Linear and Conv1d
/// (dynamic_ops.h); elsewhere they are as others of int8.
class LayerOp {
 public:
  virtual ~LayerOp() = default;
  virtual at::Tensor operator()(const at::Tensor& x, const Run& run) const = 0;
  /// The int8 weight that it dequantizes at each call, if that is how it computes.
  virtual const Int8Weight* dequantizes() const { return nullptr; }
};
using Op = std::shared_ptr<const LayerOp>;

/// Dequantizes the int8 weights of `ops` for inputs of `type` into `conversions`, in few kernels: one for
/// each costs a GPU more than the products. Does nothing on the CPU and for fp32; what it leaves out, and
/// what finds no room, is dequantized when it is used.
void dequantize_ahead(const std::vector<Op>& ops, at::ScalarType type, Conversions& conversions);

using Bias = std::optional<at::Tensor>;

Op prepare_linear(const Weight& weight, const Bias& bias);
Op prepare_conv1d(const Weight& weight, const Bias& bias, const ConvShape& shape);
Op prepare_conv_transpose1d(const Weight& weight, const Bias& bias, const ConvShape& shape);
/// `row_stride` applies to the first spatial axis only, as in CAMPPlus.
Op prepare_conv2d(const Weight& weight, std::int64_t row_stride, std::int64_t padding);
/// Rows of the table in `result`'s type; only the rows asked for are dequantized. Ids are int64, within the
/// table.
Op prepare_embedding(const Weight& table, at::ScalarType result);

}  // namespace octet
