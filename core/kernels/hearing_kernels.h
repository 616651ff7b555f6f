#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace octet {

// CUDA kernels of what hears: speech tokenizer and speaker encoder, over rows [rows, channels] whose channels
// lie side by side in memory. All fp32. What they compute: core/ops/hearing_ops.h.

/// x, out: [rows, heads * width]; tables: [rows, width], width even.
void rotate_cuda(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines,
                 const at::Tensor& out);

/// x, y, out: [rows, channels]; taps: [taps, channels]; shift: [channels].
struct MemoryRequest {
  at::Tensor x;
  at::Tensor taps;
  std::int64_t lead = 0;
  at::Tensor y;
  at::Tensor shift;
  at::Tensor out;
};
void remember_cuda(const MemoryRequest& request);

/// x: [rows, channels], rows any distance apart; out: [rows, channels].
void scaled_relu_cuda(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift,
                      const at::Tensor& out);

struct WindowExtents {
  std::int64_t taps = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t lead = 0;
};
/// x: [planes, rows, channels]; out: [planes', rows', channels, plane taps, row taps].
void windows_cuda(const at::Tensor& x, const WindowExtents& over_planes, const WindowExtents& over_rows,
                  const at::Tensor& out);

/// Whether plane_convolution_cuda has so many channels, of what it reads and of what it makes.
inline bool plane_convolution_takes(std::int64_t channels, std::int64_t width) {
  return channels == 32 && width == 32;
}

struct PlaneConvolutionRequest {
  at::Tensor x;       ///< [planes, rows, channels]
  at::Tensor weight;  ///< [3, 3, channels, width]
  at::Tensor bias;    ///< [width]
  std::int64_t plane_stride = 1;
  at::Tensor residual;  ///< as `out`; or undefined
  at::Tensor out;       ///< [planes', rows, width]
};
void plane_convolution_cuda(const PlaneConvolutionRequest& request);

/// Channels that what makes and applies gates takes at most.
inline constexpr std::int64_t kMostGatedChannels = 256;

struct GateRequest {
  at::Tensor x;  ///< [rows, channels]
  std::int64_t segment = 0;
  at::Tensor inner_weight;  ///< [inner, channels], no more than those
  at::Tensor inner_bias;
  at::Tensor weight;  ///< [width, inner]
  at::Tensor bias;
  at::Tensor gates;  ///< [segments, width]
};
void segment_gates_cuda(const GateRequest& request);

struct GatedConvolutionRequest {
  at::Tensor x;       ///< [rows, channels]
  at::Tensor weight;  ///< [3 * channels, width]
  std::int64_t dilation = 1;
  at::Tensor gates;  ///< [segments, width]
  std::int64_t segment = 0;
  at::Tensor out;  ///< [rows, width], rows any distance apart
};
void gated_convolution_cuda(const GatedConvolutionRequest& request);

}  // namespace octet
