#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <vector>

#include "core/tensor/weight.h"

namespace octet {

// CUDA kernels over rows: tensors [batch, rows, channels] whose channels lie side by side in memory. bf16 or
// fp16 values, sums in fp32, from compute capability 8.0 on.

/// Whether the kernels run on the tensor's GPU with its type.
bool row_kernels_take(const at::Tensor& x);

/// Columns of a product: a linear layer, or a convolution over the last taps.
struct RowColumns {
  at::Tensor weight;  ///< [width, taps * channels] of x's type; taps from the past to now
  at::Tensor bias;    ///< fp32 [width], or undefined
};
constexpr std::size_t kMostColumns = 3;

struct RowProductRequest {
  at::Tensor x;                                  ///< [batch, rows, channels], channels a multiple of 8
  std::array<RowColumns, kMostColumns> columns;  ///< side by side in the result; widths multiples of 8
  bool gelu = false;
  at::Tensor residual;  ///< [batch, rows, columns] of x's type, added last; or undefined
  at::Tensor out;       ///< [batch, rows, columns] of x's type or fp32
  /// The weights were there before the kernel that runs just before this one.
  bool settled_weights = true;
};

/// out = gelu(x * weight^T + bias) + residual; rows before the first count as 0.
void row_product_cuda(const RowProductRequest& request);

struct RowNormalization {
  at::Tensor weight;  ///< fp32 [channels]
  at::Tensor bias;    ///< fp32 [channels]
  double eps = 0;
};

struct RowNormRequest {
  enum class Activation { none, mish };

  at::Tensor x;  ///< [batch, rows, channels], 1024 channels at most, a multiple of 8
  RowNormalization norm;
  Activation activation = Activation::none;
  at::Tensor shift;     ///< fp32 [channels], added to every row; or undefined
  at::Tensor residual;  ///< [batch, rows, channels], added; or undefined
  at::Tensor out;
};

/// out = activation(norm(x)) + shift + residual; statistics in fp32
void row_norm_cuda(const RowNormRequest& request);

/// Whether row_attention_cuda has heads of this width.
bool row_attention_takes(std::int64_t head_width);

struct RowStepRequest {
  at::Tensor slope;   ///< fp32 [clips or 2 * clips, rows, channels], contiguous, channels a multiple of 8
  at::Tensor length;  ///< fp32 [1]
  double guidance = 0;
  at::Tensor exact;  ///< fp32 [clips, rows, channels], contiguous
  at::Tensor read;   ///< [clips or 2 * clips, rows, at least channels], a row behind the other
};

/// exact += length * (slope, or (1 + guidance) * its first half - guidance * its second); the first channels
/// of `read` become it, in both halves where it has two.
void row_step_cuda(const RowStepRequest& request);

/// What a kernel does beside its own work, for those after it.
struct RowMeanwhile {
  std::vector<const Int8Weight*> quantized;  ///< as dequantize_rows_cuda takes them
  std::vector<at::Tensor> made;              ///< their values, [width, row] of x's type
  std::vector<at::Tensor> soon;              ///< contiguous, read soon: to be brought near, where a GPU can
};

struct RowAttentionRequest {
  at::Tensor qkv;      ///< [batch, rows, 3 * heads * head_width], queries first
  at::Tensor lengths;  ///< int32 [batch], of each entry's rows that count, at least 1; undefined: all
  std::int64_t head_width = 0;
  at::Tensor out;  ///< [batch, rows, heads * head_width]
};

/// Attention of each row to the rows of its batch entry that count; 0 in those that do not. `lengths` was
/// there before the two kernels that ran last.
void row_attention_cuda(const RowAttentionRequest& request, const RowMeanwhile& meanwhile);

}  // namespace octet
