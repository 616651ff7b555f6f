#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "core/kernels/row_kernels.h"
#include "core/ops/layer_ops.h"
#include "core/ops/rounded_product.h"
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

/// A product's weights as it multiplies with them.
struct RowWeights {
  std::vector<at::Tensor> columns;
  /// They were there before the kernel that runs just before the product.
  bool settled = true;
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
  /// The same with weights of `weights`, once they are made.
  at::Tensor operator()(const at::Tensor& x, const RowWeights& weights, const RowFinish& finish = {}) const;

  /// Its weights for rows of `type`, bf16 or fp16, on a GPU whose kernels take them: those held, and room for
  /// those that `meanwhile` is to make. None where the kernels do not compute it; the product then makes its
  /// own.
  RowWeights weights(at::ScalarType type, RowMeanwhile& meanwhile) const;

 private:
  struct Columns {
    Weight weight;  ///< [width, taps * channels]
    Bias bias;      ///< fp32
    std::int64_t width;
    std::int64_t taps;
    std::optional<RoundedProduct> rounded = {};  ///< where inputs are
  };
  void join_rounded();
  bool takes_type(at::ScalarType type) const;
  bool kernel_takes(const at::Tensor& x, const RowFinish& finish) const;
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

/// What an attention is told.
struct RowHeads {
  std::int64_t width = 0;   ///< of a head
  at::Tensor lengths = {};  ///< int32 [batch]: rows of each entry that count, at least 1; undefined: all
};

/// Attention of each row to all rows of its batch entry. qkv: [batch, rows, 3 * heads * width], queries
/// first -> [batch, rows, heads * width], 0 in rows that do not count. `meanwhile` is done too.
at::Tensor row_attention(const at::Tensor& qkv, const RowHeads& heads, const RowMeanwhile& meanwhile = {});

/// Where solutions stand: fp32 [clips, rows, channels], and the same as the first channels of what a model
/// reads, [clips or 2 * clips, rows, more], of any float type.
struct RowState {
  at::Tensor exact;
  at::Tensor read;
};

/// Moves the state on by `length` (fp32 [1]) times the slope: fp32 [clips, rows, channels], or guided
/// [2 * clips, ...]: (1 + guidance) times the first half less guidance times the second.
void row_step(const at::Tensor& slope, const at::Tensor& length, double guidance, const RowState& state);

}  // namespace octet
