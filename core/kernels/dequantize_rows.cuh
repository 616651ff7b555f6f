#pragma once

#include <c10/util/Exception.h>

#include <cstdint>

#include "core/kernels/dequantize.h"
#include "core/kernels/mma.cuh"

namespace octet {

/// An int8 matrix [width, row] on its way to 16-bit values.
struct QuantizedRows {
  const uint2* values;  ///< eight of a row
  const float* scale;   ///< [width]
  uint4* out;
  unsigned row_of;  ///< times the number of an eight, its upper half is its row; 0: each eight is a row
  int count;        ///< of eights
};
constexpr std::size_t kMostQuantized = 12;  // that one kernel takes

inline QuantizedRows rows_of(const at::Tensor& values, const at::Tensor& scale, const at::Tensor& out) {
  const auto count = values.numel() / 8, eights = count / scale.numel();
  // 2^32 / eights, rounded up: exact as long as the rest does not add up to a row.
  TORCH_CHECK(count * eights < std::int64_t{1} << 32, "a weight of ", values.sizes(), " is too large");
  return {static_cast<const uint2*>(values.const_data_ptr()), scale.const_data_ptr<float>(),
          static_cast<uint4*>(out.mutable_data_ptr()),
          eights == 1 ? 0 : static_cast<unsigned>(((std::int64_t{1} << 32) + eights - 1) / eights),
          static_cast<int>(count)};
}

/// Four int8 values, exactly and without the unit for conversions, which attention needs for its
/// exponentials: with the sign turned they are the last bits of floats from 2^23 on.
__device__ inline void unpack_int8(unsigned packed, float (&to)[4]) {
  const unsigned turned = packed ^ 0x80808080u;
#pragma unroll
  for (int k = 0; k < 4; ++k)
    to[k] = __uint_as_float(__byte_perm(turned, 0x4B000000u, 0x7440 + k)) - 8388736.0f;  // 2^23 + 128
}

/// Every `stride`th eight from `first` on.
template <typename T>
__device__ inline void dequantize_part(const QuantizedRows& rows, int first, int stride) {
#pragma unroll 4
  for (int i = first; i < rows.count; i += stride) {
    const uint2 packed = rows.values[i];
    const float scale = rows.scale[rows.row_of == 0 ? i : __umulhi(static_cast<unsigned>(i), rows.row_of)];
    float halves[2][4], values[8];
    unpack_int8(packed.x, halves[0]);
    unpack_int8(packed.y, halves[1]);
#pragma unroll
    for (int k = 0; k < 8; ++k) values[k] = __fmul_rn(halves[k / 4][k % 4], scale);
    rows.out[i] = mma::pack8<T>(values);
  }
}

}  // namespace octet
