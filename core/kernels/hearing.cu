#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <c10/util/Exception.h>

#include "core/kernels/hearing_kernels.h"

namespace octet {
namespace {

constexpr int kThreads = 256;

dim3 blocks(long count) { return dim3(static_cast<unsigned>((count + kThreads - 1) / kThreads)); }

__device__ long this_thread() { return static_cast<long>(blockIdx.x) * kThreads + threadIdx.x; }

cudaStream_t stream() { return c10::cuda::getCurrentCUDAStream(); }

const float* in(const at::Tensor& tensor) { return tensor.const_data_ptr<float>(); }
float* out(const at::Tensor& tensor) { return tensor.mutable_data_ptr<float>(); }

/// Two values of a head, half its width apart.
__global__ void rotate_kernel(const float* x, const float* cosines, const float* sines, float* to, int heads,
                              int width, long count) {
  const long i = this_thread();
  if (i >= count) return;
  const int half = width / 2;
  const int k = static_cast<int>(i % half);
  const long head = i / half;
  const long row = head / heads;
  const float a = x[head * width + k], b = x[head * width + half + k];
  const float* const cosine = cosines + row * width + k;
  const float* const sine = sines + row * width + k;
  to[head * width + k] = a * cosine[0] - b * sine[0];
  to[head * width + half + k] = b * cosine[half] + a * sine[half];
}

struct Memory {
  const float* x;
  const float* taps;
  const float* y;
  const float* shift;
  float* out;
  int rows, channels, tap_count, lead;
};

__global__ void remember_kernel(Memory p) {
  const long i = this_thread();
  if (i >= static_cast<long>(p.rows) * p.channels) return;
  const int row = static_cast<int>(i / p.channels), channel = static_cast<int>(i % p.channels);
  float sum = 0;
  for (int tap = 0; tap < p.tap_count; ++tap) {
    const int from = row + tap - p.lead;
    if (from < 0 || from >= p.rows) continue;
    sum += p.x[static_cast<long>(from) * p.channels + channel] * p.taps[tap * p.channels + channel];
  }
  p.out[i] = p.y[i] + (p.shift[channel] + (sum + p.x[i]));
}

__global__ void scaled_relu_kernel(const float* x, long row_stride, const float* scale, const float* shift,
                                   float* to, int channels, long count) {
  const long i = this_thread();
  if (i >= count) return;
  const long row = i / channels;
  const int channel = static_cast<int>(i - row * channels);
  to[i] = fmaxf(x[row * row_stride + channel] * scale[channel] + shift[channel], 0.0f);
}

struct Window {
  int taps, stride, dilation, lead;
};

struct Windows {
  const float* x;
  float* out;
  int planes, rows, channels, rows_out;
  Window over_planes, over_rows;
  long count;
};

__global__ void windows_kernel(Windows p) {
  const long i = this_thread();
  if (i >= p.count) return;
  long rest = i;
  const auto next = [&](int extent) {
    const int digit = static_cast<int>(rest % extent);
    rest /= extent;
    return digit;
  };
  const int row_tap = next(p.over_rows.taps), plane_tap = next(p.over_planes.taps),
            channel = next(p.channels), row_out = next(p.rows_out);
  const int plane =
      static_cast<int>(rest) * p.over_planes.stride + plane_tap * p.over_planes.dilation - p.over_planes.lead;
  const int row = row_out * p.over_rows.stride + row_tap * p.over_rows.dilation - p.over_rows.lead;
  const bool inside = plane >= 0 && plane < p.planes && row >= 0 && row < p.rows;
  p.out[i] = inside ? p.x[(static_cast<long>(plane) * p.rows + row) * p.channels + channel] : 0.0f;
}

constexpr int kPlaneChannels = 32, kTileRows = 64, kTileThreads = 128;

struct PlaneConvolution {
  const float* x;
  const float* weight;
  const float* bias;
  const float* residual;
  float* out;
  int planes, rows, plane_stride;
};

/// A block makes all channels of 64 rows of a plane, a thread four of them of four rows.
__global__ void __launch_bounds__(kTileThreads) plane_convolution_kernel(PlaneConvolution p) {
  // A row is one float longer than it needs to be: rows four apart are in other banks.
  __shared__ float seen[kTileRows + 2][kPlaneChannels + 1];
  __shared__ __align__(16) float weight[3 * kPlaneChannels][kPlaneChannels];
  const int thread = static_cast<int>(threadIdx.x);
  const int column = thread % (kPlaneChannels / 4) * 4, mine = thread / (kPlaneChannels / 4) * 4;
  const int first = static_cast<int>(blockIdx.x) * kTileRows, plane_out = static_cast<int>(blockIdx.y);
  float sums[4][4] = {};
  for (int tap = 0; tap < 3; ++tap) {
    const int plane = plane_out * p.plane_stride + tap - 1;
    if (plane < 0 || plane >= p.planes) continue;
    __syncthreads();
    for (int i = thread; i < (kTileRows + 2) * kPlaneChannels; i += kTileThreads) {
      const int row = first + i / kPlaneChannels - 1;
      seen[i / kPlaneChannels][i % kPlaneChannels] =
          row >= 0 && row < p.rows
              ? p.x[(static_cast<long>(plane) * p.rows + row) * kPlaneChannels + i % kPlaneChannels]
              : 0.0f;
    }
    const auto* const from = p.weight + tap * 3 * kPlaneChannels * kPlaneChannels;
    for (int i = thread * 4; i < 3 * kPlaneChannels * kPlaneChannels; i += kTileThreads * 4)
      *reinterpret_cast<float4*>(&weight[i / kPlaneChannels][i % kPlaneChannels]) =
          *reinterpret_cast<const float4*>(from + i);
    __syncthreads();
#pragma unroll 4
    for (int channel = 0; channel < kPlaneChannels; ++channel) {
      float values[6];
#pragma unroll
      for (int i = 0; i < 6; ++i) values[i] = seen[mine + i][channel];
#pragma unroll
      for (int row_tap = 0; row_tap < 3; ++row_tap) {
        const float4 w =
            *reinterpret_cast<const float4*>(&weight[row_tap * kPlaneChannels + channel][column]);
#pragma unroll
        for (int i = 0; i < 4; ++i) {
          sums[i][0] += values[i + row_tap] * w.x;
          sums[i][1] += values[i + row_tap] * w.y;
          sums[i][2] += values[i + row_tap] * w.z;
          sums[i][3] += values[i + row_tap] * w.w;
        }
      }
    }
  }
  for (int i = 0; i < 4 && first + mine + i < p.rows; ++i) {
    const long at = (static_cast<long>(plane_out) * p.rows + first + mine + i) * kPlaneChannels + column;
    for (int k = 0; k < 4; ++k) {
      const float sum = sums[i][k] + p.bias[column + k] + (p.residual != nullptr ? p.residual[at + k] : 0.0f);
      p.out[at + k] = fmaxf(sum, 0.0f);
    }
  }
}

constexpr int kLanes = 32, kWarps = 16;
constexpr int kMostChannels = kMostGatedChannels;

struct Gates {
  const float* x;
  const float* inner_weight;
  const float* inner_bias;
  const float* weight;
  const float* bias;
  float* gates;
  int rows, channels, segment, inner, width;
};

/// The sum over a warp of weight[i] * values[i], in all its lanes.
__device__ float product(const float* weight, const float* values, int count) {
  float sum = 0;
  for (int i = static_cast<int>(threadIdx.x); i < count; i += kLanes) sum += weight[i] * values[i];
  for (int distance = kLanes / 2; distance > 0; distance /= 2) sum += __shfl_xor_sync(~0u, sum, distance);
  return sum;
}

/// A block makes the gates of its segment, and sums all rows for it.
__global__ void __launch_bounds__(kLanes* kWarps) gates_kernel(Gates p) {
  __shared__ float all_parts[kWarps][kLanes], own_parts[kWarps][kLanes];
  __shared__ float context[kMostChannels], inner[kMostChannels];
  const int lane = static_cast<int>(threadIdx.x), warp = static_cast<int>(threadIdx.y);
  const int first = static_cast<int>(blockIdx.x) * p.segment, end = min(p.rows, first + p.segment);
  for (int begin = 0; begin < p.channels; begin += kLanes) {
    const int channel = begin + lane;
    float all = 0, own = 0;
    if (channel < p.channels) {
#pragma unroll 8
      for (int row = warp; row < p.rows; row += kWarps) {
        const float value = p.x[static_cast<long>(row) * p.channels + channel];
        all += value;
        own += row >= first && row < end ? value : 0.0f;
      }
    }
    all_parts[warp][lane] = all;
    own_parts[warp][lane] = own;
    __syncthreads();
    if (warp == 0 && channel < p.channels) {
      for (int part = 1; part < kWarps; ++part) {
        all += all_parts[part][lane];
        own += own_parts[part][lane];
      }
      context[channel] = all / static_cast<float>(p.rows) + own / static_cast<float>(end - first);
    }
    __syncthreads();
  }
  for (int i = warp; i < p.inner; i += kWarps) {
    const float sum = product(p.inner_weight + static_cast<long>(i) * p.channels, context, p.channels);
    if (lane == 0) inner[i] = fmaxf(sum + p.inner_bias[i], 0.0f);
  }
  __syncthreads();
  for (int i = warp; i < p.width; i += kWarps) {
    const float sum = product(p.weight + static_cast<long>(i) * p.inner, inner, p.inner);
    if (lane == 0)
      p.gates[static_cast<long>(blockIdx.x) * p.width + i] = 1.0f / (1.0f + expf(-(sum + p.bias[i])));
  }
}

constexpr int kRowsAtOnce = 4, kParts = kWarps / kRowsAtOnce;
constexpr int kTaps = 3;

struct GatedConvolution {
  const float* x;
  const float* weight;
  const float* gates;
  float* out;
  long row_stride;
  int rows, channels, width, dilation, segment;
};

/// A warp sums a part of what one row sees, for 32 results at a time.
__global__ void __launch_bounds__(kLanes* kWarps) gated_convolution_kernel(GatedConvolution p) {
  __shared__ float seen[kRowsAtOnce][kTaps * kMostChannels], sums[kParts][kRowsAtOnce][kLanes];
  const int lane = static_cast<int>(threadIdx.x), warp = static_cast<int>(threadIdx.y);
  const int mine = warp % kRowsAtOnce, part = warp / kRowsAtOnce;
  const int row = static_cast<int>(blockIdx.x) * kRowsAtOnce + mine;
  const int count = kTaps * p.channels;
  for (int i = part * kLanes + lane; i < count; i += kParts * kLanes) {
    const int from = row + (i / p.channels - 1) * p.dilation;
    seen[mine][i] = from >= 0 && from < p.rows && row < p.rows
                        ? p.x[static_cast<long>(from) * p.channels + i % p.channels]
                        : 0.0f;
  }
  __syncthreads();
  const int each = (count + kParts - 1) / kParts;
  const int begin = part * each, end = min(count, begin + each);
  for (int first = 0; first < p.width; first += kLanes) {
    const int column = first + lane;
    float sum = 0;
    if (column < p.width) {
#pragma unroll 16
      for (int i = begin; i < end; ++i)
        sum += seen[mine][i] * p.weight[static_cast<long>(i) * p.width + column];
    }
    sums[part][mine][lane] = sum;
    __syncthreads();
    if (part == 0 && row < p.rows && column < p.width) {
      for (int other = 1; other < kParts; ++other) sum += sums[other][mine][lane];
      p.out[row * p.row_stride + column] = sum * p.gates[row / p.segment * p.width + column];
    }
    __syncthreads();
  }
}

}  // namespace

void rotate_cuda(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines,
                 const at::Tensor& result) {
  const c10::cuda::CUDAGuard guard(x.device());
  const auto width = static_cast<int>(cosines.size(1));
  const long count = x.numel() / 2;
  rotate_kernel<<<blocks(count), kThreads, 0, stream()>>>(in(x), in(cosines), in(sines), out(result),
                                                          static_cast<int>(x.size(1)) / width, width, count);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

void remember_cuda(const MemoryRequest& request) {
  const c10::cuda::CUDAGuard guard(request.x.device());
  const Memory memory{in(request.x),
                      in(request.taps),
                      in(request.y),
                      in(request.shift),
                      out(request.out),
                      static_cast<int>(request.x.size(0)),
                      static_cast<int>(request.x.size(1)),
                      static_cast<int>(request.taps.size(0)),
                      static_cast<int>(request.lead)};
  remember_kernel<<<blocks(request.x.numel()), kThreads, 0, stream()>>>(memory);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

void scaled_relu_cuda(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift,
                      const at::Tensor& result) {
  const c10::cuda::CUDAGuard guard(x.device());
  scaled_relu_kernel<<<blocks(x.numel()), kThreads, 0, stream()>>>(
      in(x), x.stride(0), in(scale), in(shift), out(result), static_cast<int>(x.size(1)), x.numel());
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

void windows_cuda(const at::Tensor& x, const WindowExtents& over_planes, const WindowExtents& over_rows,
                  const at::Tensor& result) {
  const c10::cuda::CUDAGuard guard(x.device());
  const auto window = [](const WindowExtents& extents) {
    return Window{static_cast<int>(extents.taps), static_cast<int>(extents.stride),
                  static_cast<int>(extents.dilation), static_cast<int>(extents.lead)};
  };
  const Windows windows{in(x),
                        out(result),
                        static_cast<int>(x.size(0)),
                        static_cast<int>(x.size(1)),
                        static_cast<int>(x.size(2)),
                        static_cast<int>(result.size(1)),
                        window(over_planes),
                        window(over_rows),
                        result.numel()};
  windows_kernel<<<blocks(windows.count), kThreads, 0, stream()>>>(windows);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

void plane_convolution_cuda(const PlaneConvolutionRequest& request) {
  const c10::cuda::CUDAGuard guard(request.x.device());
  const PlaneConvolution convolution{in(request.x),
                                     in(request.weight),
                                     in(request.bias),
                                     request.residual.defined() ? in(request.residual) : nullptr,
                                     out(request.out),
                                     static_cast<int>(request.x.size(0)),
                                     static_cast<int>(request.x.size(1)),
                                     static_cast<int>(request.plane_stride)};
  const dim3 grid((convolution.rows + kTileRows - 1) / kTileRows, static_cast<unsigned>(request.out.size(0)));
  plane_convolution_kernel<<<grid, kTileThreads, 0, stream()>>>(convolution);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

void segment_gates_cuda(const GateRequest& request) {
  const c10::cuda::CUDAGuard guard(request.x.device());
  const Gates gates{in(request.x),
                    in(request.inner_weight),
                    in(request.inner_bias),
                    in(request.weight),
                    in(request.bias),
                    out(request.gates),
                    static_cast<int>(request.x.size(0)),
                    static_cast<int>(request.x.size(1)),
                    static_cast<int>(request.segment),
                    static_cast<int>(request.inner_weight.size(0)),
                    static_cast<int>(request.weight.size(0))};
  TORCH_CHECK(gates.channels <= kMostChannels && gates.inner <= kMostChannels, "too many channels");
  gates_kernel<<<dim3(static_cast<unsigned>(request.gates.size(0))), dim3(kLanes, kWarps), 0, stream()>>>(
      gates);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

void gated_convolution_cuda(const GatedConvolutionRequest& request) {
  const c10::cuda::CUDAGuard guard(request.x.device());
  const GatedConvolution convolution{in(request.x),
                                     in(request.weight),
                                     in(request.gates),
                                     out(request.out),
                                     request.out.stride(0),
                                     static_cast<int>(request.x.size(0)),
                                     static_cast<int>(request.x.size(1)),
                                     static_cast<int>(request.weight.size(1)),
                                     static_cast<int>(request.dilation),
                                     static_cast<int>(request.segment)};
  TORCH_CHECK(convolution.channels <= kMostChannels, "too many channels");
  gated_convolution_kernel<<<dim3((convolution.rows + kRowsAtOnce - 1) / kRowsAtOnce), dim3(kLanes, kWarps),
                             0, stream()>>>(convolution);
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

}  // namespace octet
