#pragma once

#include <ATen/core/Tensor.h>

#include "core/kernels/int8_rows.h"

namespace octet {

// CUDA kernels behind int8_rows.h.

/// quantize_rows on a GPU: `x` [rows, width], fp32, bf16 or fp16, contiguous.
Int8Rows quantize_rows_cuda(const at::Tensor& x, ActivationScales scales);

/// Whether int8_product_cuda runs on the GPU of these rows and has products of this size.
bool int8_product_takes(const at::Tensor& values, const Int8Columns& columns);

/// multiply_rows on tensor cores, from compute capability 8.0 on.
void int8_product_cuda(const Int8Rows& x, const Int8Columns& columns, const at::Tensor& out);

}  // namespace octet
