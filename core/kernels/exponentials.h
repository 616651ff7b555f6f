#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace octet {

// The numerators of a softmax, for processors with AVX-512 (core/kernels/processor.h):
// exp(scale * (score - greatest score)) of `count` >= 1 scores into `out`, and their sum in fp32. Each is
// within 5e-7 of the exact one, and then rounded once. scale > 0. A NaN makes the sum NaN.

float exponentials(const float* scores, std::int64_t count, float scale, float* out);
float exponentials(const float* scores, std::int64_t count, float scale, at::BFloat16* out);

}  // namespace octet
