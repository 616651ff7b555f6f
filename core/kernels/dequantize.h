#pragma once

#include <ATen/core/Tensor.h>

#include "core/tensor/weight.h"

namespace octet {

/// values * scale, computed in fp32 and rounded once to `dtype`: the same bytes on CPU and CUDA.
/// On CUDA the result is the only memory it takes beyond the weight; on the CPU, for bf16 and fp16, also the
/// layer in fp32. `dtype`: fp32, bf16 or fp16.
at::Tensor dequantize(const Int8Weight& weight, at::ScalarType dtype);

/// The CUDA kernel behind it. `out` is contiguous and has the shape of `values`; the channel of element i is
/// (i / inner) % channels.
void dequantize_cuda(const at::Tensor& values, const at::Tensor& scale, std::int64_t channels,
                     std::int64_t inner, const at::Tensor& out);

}  // namespace octet
