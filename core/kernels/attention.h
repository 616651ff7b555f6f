#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace octet {

/// softmax(q k' / sqrt(head_width)) v, head by head, each over all frames. q, k, v: [batch, frames, heads *
/// head_width], contiguous and of one type -> the same shape and type; scores and sums are fp32. It is
/// PyTorch's scaled_dot_product_attention, in fp32 upstream's to the bit. But bf16 and fp16 on processors
/// with AVX-512 go by blocks of queries whose scores stay in the cache: half the time of PyTorch's bf16.
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t head_width);

/// The same of a batch whose entries have so many frames each, int32 [batch]: each as if it were alone, and 0
/// beyond. Waits for a GPU.
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t head_width,
                     const at::Tensor& lengths);

}  // namespace octet
