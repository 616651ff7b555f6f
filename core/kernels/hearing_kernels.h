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

struct GateRequest {
  at::Tensor x;  ///< [rows, channels], at most 1024 channels
  std::int64_t segment = 0;
  at::Tensor inner_weight;  ///< [inner, channels], at most 1024 of them
  at::Tensor inner_bias;
  at::Tensor weight;  ///< [width, inner]
  at::Tensor bias;
  at::Tensor gates;  ///< [segments, width]
};
void segment_gates_cuda(const GateRequest& request);

/// x: [rows, width]; gates: [segments, width]; out: [rows, width], rows any distance apart.
void gate_cuda(const at::Tensor& x, const at::Tensor& gates, std::int64_t segment, const at::Tensor& out);

}  // namespace octet
