#pragma once

#include <ATen/core/Tensor.h>

#include "core/tensor/input_rounding.h"

namespace octet {

/// Rows in int8: x = (values - zero_point) * scale.
struct Int8Rows {
  at::Tensor values;      ///< int8 [rows, width]
  at::Tensor scale;       ///< fp32 [1] or [rows]
  at::Tensor zero_point;  ///< int32, as `scale`
};

/// Rounds rows to int8 with the range that they have (docs/formats.md, "Dynamic"), as PyTorch's
/// quantize_dynamic chooses it for eight bits (choose_qparams of quantized::linear_dynamic without
/// reduce_range). `x`: fp32 [rows, width], finite, on the CPU.
Int8Rows quantize_rows(const at::Tensor& x, ActivationScales scales);

/// Rows without the features that are multiplied as they are.
struct InlierRows {
  Int8Rows rows;        ///< zero points are 0, and so are the features that are left out
  at::Tensor outliers;  ///< int64 [some], ascending: columns in which a number reaches the threshold
};

/// Rounds rows to int8 as LLM.int8() does (docs/formats.md, "Outliers"; arXiv 2208.07339, section 3.2), by
/// what of each is below `threshold`. `x`: as for quantize_rows.
InlierRows quantize_inliers(const at::Tensor& x, float threshold);

/// x w^T, exact: int32 [rows, width] of int8 [rows, inputs] and [width, inputs].
at::Tensor multiply_int8(const at::Tensor& x, const at::Tensor& w);
/// The same by products of fp32, exact too: where the processor has none of int8.
at::Tensor multiply_int8_in_fp32(const at::Tensor& x, const at::Tensor& w);

/// What products of rows and a weight's integers stand for, in fp32: (sums - zero_point * weight_sums) *
/// (scale * weight_scale) + bias. `weight_scale`, fp32, `weight_sums`, int32, and `bias`, fp32 or undefined,
/// are [width].
at::Tensor scaled_products(const at::Tensor& sums, const Int8Rows& x, const at::Tensor& weight_scale,
                           const at::Tensor& weight_sums, const at::Tensor& bias);

}  // namespace octet
