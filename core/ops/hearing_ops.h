#pragma once

#include <ATen/core/Tensor.h>

#include "core/kernels/hearing_kernels.h"
#include "core/tensor/weight.h"

namespace octet {

// Operations of speech tokenizer and speaker encoder over rows: fp32 tensors [rows, channels] whose channels
// lie side by side in memory. They call no library that a CUDA graph could not record; on a GPU those between
// the products are kernels of our own, elsewhere PyTorch's operations.

/// Rotary positions: every head's halves turned against each other. x: [rows, heads * width]; cosines, sines:
/// [rows, width], both halves alike.
at::Tensor rotated(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines);

/// y + shift + x + the depthwise convolution of x whose taps [taps, channels] see `lead` rows before their
/// own.
at::Tensor remembered(const at::Tensor& x, const at::Tensor& taps, std::int64_t lead, const at::Tensor& y,
                      const at::Tensor& shift);

/// relu(x * scale + shift) by channel. x may be columns of a wider tensor.
at::Tensor scaled_relu(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift);

/// What a convolution sees for each of its results, zeros outside: x [rows, channels] -> [rows', channels *
/// taps], in the order of a weight [width, channels, taps].
at::Tensor row_windows(const at::Tensor& x, const WindowExtents& over_rows);
/// The same over planes: [planes, rows, channels] -> [planes' * rows', channels * plane taps * row taps].
at::Tensor plane_windows(const at::Tensor& x, const WindowExtents& over_planes,
                         const WindowExtents& over_rows);

/// relu of a convolution by 3 x 3 of planes, with zeros around them.
struct PlaneConvolution {
  at::Tensor weight;  ///< [3, 3, channels, width]: plane taps, row taps
  at::Tensor bias;    ///< [width]
  std::int64_t plane_stride = 1;

  /// x: [planes, rows, channels] -> [planes', rows, width]. `residual`, of that shape or undefined, is added
  /// before the relu.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& residual = {}) const;
};

/// Context-aware masks. A segment's context is the mean of all rows and that of its own; the last one may be
/// shorter.
struct SegmentGates {
  std::int64_t segment = 0;  ///< rows
  at::Tensor inner_weight;   ///< [inner, channels]
  at::Tensor inner_bias;
  at::Tensor weight;  ///< [width, inner]
  at::Tensor bias;

  /// sigmoid(weight relu(inner_weight context + inner_bias) + bias): [segments, width]
  at::Tensor operator()(const at::Tensor& x) const;
};
/// out = a convolution of x [rows, channels], whose three taps are `dilation` rows apart, times its segment's
/// gates [segments, width]. weight: [3 * channels, width], one tap's after the other; `out` [rows, width] may
/// be columns of a wider tensor.
struct GatedConvolution {
  at::Tensor weight;
  std::int64_t dilation = 1;
  std::int64_t segment = 0;

  void operator()(const at::Tensor& x, const at::Tensor& gates, const at::Tensor& out) const;
};

/// A convolution's weight as a matrix for such windows: [width, all the rest].
Weight flattened(const Weight& weight);

}  // namespace octet
