#pragma once

#include "core/kernels/row_kernels.h"
#include "core/kernels/wave_kernels.h"

namespace octet::sm90 {

// The kernels of row_kernels.h and wave_kernels.h for compute capability 9.0 (Hopper), with its own
// instructions.

/// Whether the tensor's GPU is one, and the kernels were compiled for it.
bool takes(at::Device device);

/// As row_product_cuda.
void product_cuda(const RowProductRequest& request);

/// As row_attention_cuda, for heads of 64. scale: of the scores, times log2(e).
void attention_cuda(const RowAttentionRequest& request, float scale, const RowMeanwhile& meanwhile);

/// As octet::wave_convolution_cuda, for rows that do not overlap.
void wave_convolution_cuda(const WaveConvolutionRequest& request);

}  // namespace octet::sm90
