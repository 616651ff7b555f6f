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
/// reduce_range). `x`: [rows, width], fp32, bf16 or fp16; a row with a number that is not finite, or with
/// one scale all of them, gets a scale of NaN.
Int8Rows quantize_rows(const at::Tensor& x, ActivationScales scales);

/// Rows without the features that are multiplied as they are.
struct InlierRows {
  Int8Rows rows;        ///< zero points are 0, and so are the features that are left out
  at::Tensor outliers;  ///< bool [width]: columns in which a number reaches the threshold
};

/// Rounds rows to int8 as LLM.int8() does (docs/formats.md, "Outliers"; arXiv 2208.07339, section 3.2), by
/// what of each is below `threshold`. `x`: as for quantize_rows.
InlierRows quantize_inliers(const at::Tensor& x, float threshold);
/// The same where columns are left out that are known before: `outliers`, bool [width], contiguous.
InlierRows quantize_inliers(const at::Tensor& x, const at::Tensor& outliers);

/// A weight's rows as products take them.
struct Int8Columns {
  at::Tensor integers;  ///< int8 [width, inputs], contiguous
  at::Tensor scale;     ///< fp32 [width]
  at::Tensor sums;      ///< int32 [width], of the integers
  at::Tensor bias;      ///< fp32 [width], or undefined
};

/// What the products of both stand for: (x.values integers^T - zero_point sums) (x.scale scale) + bias,
/// [rows, width]. Sums of integers are exact, the rest is fp32, rounded once to `result`.
at::Tensor multiply_rows(const Int8Rows& x, const Int8Columns& columns, at::ScalarType result);
/// The same of rows without outliers, and added to it in fp32 what those of `x`, which `inliers` are from,
/// give with the weight in the type of `x`.
at::Tensor multiply_with_outliers(const at::Tensor& x, const InlierRows& inliers, const Int8Columns& columns,
                                  at::ScalarType result);

/// x w^T, exact: int32 [rows, width] of int8 [rows, inputs] and [width, inputs].
at::Tensor multiply_int8(const at::Tensor& x, const at::Tensor& w);
/// The same by products of fp32, exact too: where the processor has none of int8.
at::Tensor multiply_int8_in_fp32(const at::Tensor& x, const at::Tensor& w);

}  // namespace octet
