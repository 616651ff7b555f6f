#include "core/kernels/exponentials.h"

#ifdef __x86_64__

#include <immintrin.h>

#include <limits>

#define OCTET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl")))

namespace octet {
namespace {

constexpr std::int64_t kLanes = 16;

__mmask16 lanes(std::int64_t left) {
  return static_cast<__mmask16>(left >= kLanes ? 0xffff : (1U << left) - 1);
}

OCTET_AVX512 float greatest(const float* scores, std::int64_t count) {
  auto greatest = _mm512_set1_ps(-std::numeric_limits<float>::infinity());
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const auto inside = lanes(count - i);
    greatest = _mm512_mask_max_ps(greatest, inside, greatest, _mm512_maskz_loadu_ps(inside, scores + i));
  }
  return _mm512_reduce_max_ps(greatest);
}

/// 2^n e^r, |r| <= ln 2 / 2: the polynomial of the Cephes library (expf.c).
OCTET_AVX512 inline __m512 exponential(__m512 x) {
  const auto n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504088896341F)),
                                      _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  // ln 2 in two parts, the first of few digits, so that its multiples are exact
  const auto r = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4F),
                                  _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375F), x));
  auto p = _mm512_set1_ps(1.9875691500e-4F);
  for (const float next :
       {1.3981999507e-3F, 8.3334519073e-3F, 4.1665795894e-2F, 1.6666665459e-1F, 5.0000001201e-1F})
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(next));
  p = _mm512_fmadd_ps(_mm512_mul_ps(p, r), r, _mm512_add_ps(r, _mm512_set1_ps(1)));
  return _mm512_scalef_ps(p, n);
}

OCTET_AVX512 inline void store(float* out, __mmask16 inside, __m512 values) {
  _mm512_mask_storeu_ps(out, inside, values);
}

/// Rounded to the nearest, ties to even.
OCTET_AVX512 inline void store(at::BFloat16* out, __mmask16 inside, __m512 values) {
  const auto bits = _mm512_castps_si512(values);
  const auto odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const auto rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  _mm256_mask_storeu_epi16(out, inside, _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16)));
}

template <typename T>
OCTET_AVX512 float into(const float* scores, std::int64_t count, float scale, T* out) {
  const auto shift = _mm512_set1_ps(greatest(scores, count)), factor = _mm512_set1_ps(scale);
  auto sum = _mm512_setzero_ps();
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const auto inside = lanes(count - i);
    const auto below = _mm512_sub_ps(_mm512_maskz_loadu_ps(inside, scores + i), shift);
    const auto e = exponential(_mm512_mul_ps(below, factor));
    sum = _mm512_mask_add_ps(sum, inside, sum, e);
    store(out + i, inside, e);
  }
  return _mm512_reduce_add_ps(sum);
}

}  // namespace

float exponentials(const float* scores, std::int64_t count, float scale, float* out) {
  return into(scores, count, scale, out);
}

float exponentials(const float* scores, std::int64_t count, float scale, at::BFloat16* out) {
  return into(scores, count, scale, out);
}

}  // namespace octet

#else

#include <cstdlib>

// has_avx512() is false there.
namespace octet {

float exponentials(const float*, std::int64_t, float, float*) { std::abort(); }
float exponentials(const float*, std::int64_t, float, at::BFloat16*) { std::abort(); }

}  // namespace octet

#endif
