#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

namespace octet {

/// The type in which numbers of `type` are multiplied: itself, but fp32 on a processor without instructions
/// for bf16 or fp16, whose emulation takes 2 to 20 times as long as fp32 (docs/benchmarks.md).
at::ScalarType product_type(at::ScalarType type, at::Device device);

/// Whether products of int8 are summed in 32 bits by one instruction. Others of x86 saturate sums of two
/// in 16.
bool has_int8_products();

/// Whether core/kernels/exponentials.h runs here.
bool has_avx512();

}  // namespace octet
