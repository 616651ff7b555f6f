#pragma once

#include <ATen/core/Tensor.h>
#include <cuda.h>

#include <array>
#include <cstdint>

namespace octet {

/// How the tensor memory accelerator finds boxes of a tensor in bf16 or fp16, of three dimensions, the
/// innermost first: its rows of 64 values lie in shared memory as mma::chunk_offset says, and what is outside
/// the tensor reads as 0. Strides of the outer two in elements, multiples of 8. It holds the tensor's
/// address.
CUtensorMap tensor_map(const at::Tensor& tensor, const std::array<std::int64_t, 3>& sizes,
                       const std::array<std::int64_t, 2>& strides, const std::array<int, 3>& box);

}  // namespace octet
