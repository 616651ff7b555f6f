#pragma once

#include <ATen/core/PhiloxRNGEngine.h>

#include <cstdint>
#include <cstring>

#include "core/kernels/on_both.h"

// Normal numbers that depend on where they stand and on nothing else: Philox4x32-10 (Salmon et al., "Parallel
// random numbers: as easy as 1, 2, 3", SC 2011) counts, Box and Muller's transform makes them normal. Every
// step is an operation that IEEE 754 rounds correctly, and none is contracted, so that processors and GPUs
// give the same bits; math libraries would not.
namespace octet {

/// Sums and products on their own: what compiles this for a CPU is told not to contract
/// (core/CMakeLists.txt).
OCTET_ON_BOTH inline float times(float a, float b) {
#ifdef __CUDA_ARCH__
  return __fmul_rn(a, b);
#else
  return a * b;
#endif
}

OCTET_ON_BOTH inline float plus(float a, float b) {
#ifdef __CUDA_ARCH__
  return __fadd_rn(a, b);
#else
  return a + b;
#endif
}

/// first x^n + … + last, by Horner's rule.
OCTET_ON_BOTH inline float polynomial(float, float last) { return last; }

template <typename... Rest>
OCTET_ON_BOTH inline float polynomial(float x, float first, float second, Rest... rest) {
  return polynomial(x, plus(times(first, x), second), rest...);
}

/// Natural logarithm of a normal number above 0, to about an ulp: Cephes' logf
/// (https://www.netlib.org/cephes).
OCTET_ON_BOTH inline float counted_log(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const std::int32_t exponent = static_cast<std::int32_t>(bits - 0x3f3504f3u) >> 23;  // of x / sqrt(1/2)
  bits -= static_cast<std::uint32_t>(exponent) << 23;
  float mantissa;
  std::memcpy(&mantissa, &bits, sizeof mantissa);
  const float f = mantissa - 1, square = times(f, f), e = static_cast<float>(exponent);
  const float tail =
      polynomial(f, 7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f,
                 1.4249322787e-1f, -1.6668057665e-1f, 2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f);
  float rest = times(times(tail, f), square);
  rest = plus(rest, times(e, -2.12194440e-4f));  // ln 2 in two terms
  rest = plus(rest, times(square, -0.5f));
  return plus(plus(f, rest), times(e, 0.693359375f));
}

struct NormalPair {
  float first;
  float second;
};

/// Two of two uniform integers. The largest possible value is 6.77.
OCTET_ON_BOTH inline NormalPair box_muller(std::uint32_t for_radius, std::uint32_t for_angle) {
  const float uniform = times(plus(static_cast<float>(for_radius), 0.5f), 0x1p-32f);  // in (0, 1]
  const float squared = times(counted_log(uniform), -2);
#ifdef __CUDA_ARCH__
  const float radius = __fsqrt_rn(squared);
#else
  const float radius = std::sqrt(squared);
#endif
  // The angle is for_angle / 2^32 turns: quarters of a turn, and what is left, within an eighth to both
  // sides.
  const std::uint32_t quarter = (for_angle + (1u << 29)) >> 30;
  const float angle = times(static_cast<float>(static_cast<std::int32_t>(for_angle - (quarter << 30))),
                            1.4629180792671596e-9f);  // 2 pi / 2^32
  const float z = times(angle, angle);
  const float sine = plus(
      times(times(polynomial(z, -1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f), z), angle), angle);
  const float cosine =
      polynomial(z, 2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f, -0.5f, 1.0f);
  const float across = quarter & 1 ? -sine : cosine, along = quarter & 1 ? cosine : sine;
  const float turned = quarter & 2 ? -radius : radius;
  return {times(turned, across), times(turned, along)};
}

/// What Philox makes of a counter: position / 4 (64 bits), row, draw. The key is the seed.
struct CountedBlock {
  std::uint32_t numbers[4];
};

OCTET_ON_BOTH inline CountedBlock counted_block(std::uint64_t seed, std::uint64_t block, std::uint32_t row,
                                                std::uint32_t draw) {
  at::Philox4_32 philox(seed, static_cast<std::uint64_t>(draw) << 32 | row, block);
  CountedBlock made;
  for (auto& number : made.numbers) number = philox();
  return made;
}

/// Uniform in [0, 1), a multiple of 2^-24: the first number of block 0.
OCTET_ON_BOTH inline float counted_uniform_number(std::uint64_t seed, std::uint32_t row, std::uint32_t draw) {
  return times(static_cast<float>(counted_block(seed, 0, row, draw).numbers[0] >> 8), 0x1p-24f);
}

/// Four normal numbers, those of positions 4 * block …
struct NormalBlock {
  float values[4];
};

OCTET_ON_BOTH inline NormalBlock normal_block(std::uint64_t seed, std::uint64_t block, std::uint32_t row,
                                              std::uint32_t draw) {
  const auto [numbers] = counted_block(seed, block, row, draw);
  const auto a = box_muller(numbers[0], numbers[1]), b = box_muller(numbers[2], numbers[3]);
  return {{a.first, a.second, b.first, b.second}};
}

}  // namespace octet
