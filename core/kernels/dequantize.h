#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/tensor/weight.h"

namespace octet {

/// values * scale, computed in fp32 and rounded once to `dtype`: the same bytes on CPU and CUDA.
/// On CUDA the result is the only memory it takes beyond the weight; on the CPU, for bf16 and fp16, also the
/// layer in fp32. `dtype`: fp32, bf16 or fp16.
at::Tensor dequantize(const Int8Weight& weight, at::ScalarType dtype);

/// (values - zero_point) * scale, likewise.
at::Tensor dequantize(const GroupedInt8Weight& weight, at::ScalarType dtype);

/// The type in which a weight is multiplied with inputs of type `input`: the wider of the two; int8 takes the
/// input's.
at::ScalarType common_type(const Weight& weight, at::ScalarType input);
/// Whether values_in gives what the weight holds, without making anything.
bool is_held_in(const Weight& weight, at::ScalarType dtype);
/// The weight in `dtype`, dequantized where it is int8.
at::Tensor values_in(const Weight& weight, at::ScalarType dtype);

/// The CUDA kernel behind dequantize. `out` is contiguous and has the shape of `values`; the channel of
/// element i is (i / inner) % channels.
void dequantize_cuda(const at::Tensor& values, const at::Tensor& scale, std::int64_t channels,
                     std::int64_t inner, const at::Tensor& out);

/// Matrices [width, row], rows a multiple of 8, into `out`, bf16 or fp16 and contiguous: as dequantize does
/// it, all together.
void dequantize_rows_cuda(const std::vector<const Int8Weight*>& weights, const std::vector<at::Tensor>& out);

}  // namespace octet
