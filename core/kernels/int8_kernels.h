#pragma once

#include <ATen/core/Tensor.h>

#include "core/kernels/int8_rows.h"

namespace octet {

// CUDA kernels behind int8_rows.h.

/// quantize_rows on a GPU: `x` [rows, width], fp32, bf16 or fp16, contiguous.
Int8Rows quantize_rows_cuda(const at::Tensor& x, ActivationScales scales);

/// quantize_inliers on a GPU: `x` as above; by `threshold`, or by `known` outliers.
InlierRows quantize_inliers_cuda(const at::Tensor& x, float threshold, const at::Tensor& known = {});

/// Whether int8_product_cuda runs on the GPU of these rows and has products of this size.
bool int8_product_takes(const at::Tensor& values, const Int8Columns& columns);

/// multiply_rows on tensor cores, from compute capability 8.0 on.
void int8_product_cuda(const Int8Rows& x, const Int8Columns& columns, const at::Tensor& out);

/// What multiply_with_outliers adds, and the sum in its type: `results` fp32 [rows, width], `x` and
/// `outliers` as they were for quantize_inliers. As many products as there are outliers, which only the GPU
/// knows.
void add_outliers_cuda(const at::Tensor& results, const at::Tensor& x, const at::Tensor& outliers,
                       const Int8Columns& columns, const at::Tensor& out);

}  // namespace octet
