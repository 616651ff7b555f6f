#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "core/ops/layer_ops.h"
#include "core/tensor/weight.h"

namespace octet {

// Operations over rows: tensors [batch, rows, channels] whose channels lie side by side in memory. They are
// made once from weights and called many times, and call no library that a CUDA graph could not record. bf16
// and fp16 run on kernels of our own where the GPU has them (core/kernels/row_kernels.h), all else on
// PyTorch's.

/// LayerNorm's parameters, of any float type.
struct RowNorm {
  at::Tensor weight;
  at::Tensor bias;
  double eps = 1e-5;
};

/// How a product ends, in this order.
struct RowFinish {
  enum class Activation { none, gelu };
  Activation activation = Activation::none;
  at::Tensor residual = {};  ///< [batch, rows, columns] of the input's type, added; or undefined
  std::optional<at::ScalarType> result = {};  ///< the input's type where it is open
};

/// Linear layers and causal convolutions that read the same rows, in one product. Results lie side by side.
class RowProduct {
 public:
  /// A linear layer [width, channels] or a convolution [width, channels, taps] over the row and those before
  /// it.
  struct Part {
    Weight weight;
    Bias bias;
  };
  /// `norm` is applied to the rows first; statistics in fp32.
  explicit RowProduct(const std::vector<Part>& parts, std::optional<RowNorm> norm = {});

  /// x: [batch, rows, channels] -> [batch, rows, sum of widths]. Like core/ops/layer_ops.h it computes
  /// in the wider of the input's and the weight's type and rounds to the input's.
  at::Tensor operator()(const at::Tensor& x, const RowFinish& finish = {}) const;

 private:
  struct Columns {
    Weight weight;  ///< [width, taps * channels]
    Bias bias;      ///< fp32
    std::int64_t width;
    std::int64_t taps;
  };
  bool kernel_takes(const at::Tensor& x) const;
  at::Tensor composed(const at::Tensor& x, const RowFinish& finish) const;

  std::int64_t channels_ = 0;
  std::int64_t width_ = 0;
  std::vector<Columns> columns_;
  std::optional<RowNorm> norm_;  ///< fp32
};

/// mish(norm(x)) + shift + residual, as the estimator's convolutions end.
class RowMish {
 public:
  explicit RowMish(const RowNorm& norm);

  /// shift: fp32 [channels] for all rows, or undefined; residual: [batch, rows, channels], or undefined.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& shift, const at::Tensor& residual) const;

 private:
  RowNorm norm_;  ///< fp32
};

/// Attention of each row to all rows of its batch entry. qkv: [batch, rows, 3 * heads * head_width], queries
/// first -> [batch, rows, heads * head_width]
at::Tensor row_attention(const at::Tensor& qkv, std::int64_t head_width);

}  // namespace octet
