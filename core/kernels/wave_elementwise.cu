#include <c10/cuda/CUDAGuard.h>

#include <numbers>

#include "core/kernels/row_launch.cuh"
#include "core/kernels/wave_kernels.h"
#include "core/kernels/wave_math.cuh"

namespace octet {
namespace {

constexpr int kThreads = 256;
constexpr int kFft = 16, kHop = 4, kBins = kFft / 2 + 1;
constexpr int kPart = 24;  // channels of a spectrum's row

dim3 blocks(long count) { return dim3(static_cast<unsigned>((count + kThreads - 1) / kThreads)); }

__device__ long this_thread() { return static_cast<long>(blockIdx.x) * kThreads + threadIdx.x; }

struct Snakes {
  __half* high[3];
  __half* low[3];
};

__global__ void merge_kernel(const float* up, const float* side, const float* alphas, float* sum,
                             Snakes snakes, int channels, long count, bool shifted) {
  mma::wait_for_previous_kernel();
  mma::let_next_kernel_start();
  const long i = this_thread() * 8;
  if (i >= count) return;
  const long row = i / channels;
  const int channel = static_cast<int>(i - row * channels);
  const long from = !shifted ? row : row == 0 ? 1 : row - 1;
  float values[8], other[8];
  mma::load8(up + from * channels + channel, values);
  mma::load8(side + i, other);
#pragma unroll
  for (int k = 0; k < 8; ++k) values[k] += other[k];
  auto* const to = reinterpret_cast<float4*>(sum + i);
  to[0] = make_float4(values[0], values[1], values[2], values[3]);
  to[1] = make_float4(values[4], values[5], values[6], values[7]);
#pragma unroll
  for (int which = 0; which < 3; ++which) {
    float alpha[8], bent[8];
    mma::load8(alphas + which * channels + channel, alpha);
#pragma unroll
    for (int k = 0; k < 8; ++k) bent[k] = wave::snake(values[k], alpha[k]);
    wave::store_terms(bent, snakes.high[which] + i, snakes.low[which] + i);
  }
}

struct Parts {
  const float* part[3];
};

__global__ void mean_kernel(Parts parts, float slope, __half* high, __half* low, long count) {
  mma::wait_for_previous_kernel();
  mma::let_next_kernel_start();
  const long i = this_thread() * 8;
  if (i >= count) return;
  float values[8];
  mma::load8(parts.part[0] + i, values);
  if (parts.part[1] != nullptr) {
    float second[8], third[8];
    mma::load8(parts.part[1] + i, second);
    mma::load8(parts.part[2] + i, third);
#pragma unroll
    for (int k = 0; k < 8; ++k) values[k] = (values[k] + second[k] + third[k]) / 3.0f;
  }
#pragma unroll
  for (int k = 0; k < 8; ++k) values[k] = values[k] > 0 ? values[k] : values[k] * slope;
  wave::store_terms(values, high + i, low + i);
}

/// cos and sin of 2 pi k / 16.
__device__ float cosine(int k) {
  constexpr float kQuarter[5] = {1.0f, 0.92387953251128674f, 0.70710678118654752f, 0.38268343236508977f,
                                 0.0f};
  k &= 15;
  if (k > 8) k = 16 - k;
  return k <= 4 ? kQuarter[k] : -kQuarter[8 - k];
}
__device__ float sine(int k) { return cosine(k - 4); }
__device__ float hann(int n) { return 0.5f - 0.5f * cosine(n); }

/// A row by one thread, so that the compiler knows every cosine.
__global__ void spectrum_kernel(const float* wave, long samples, __half* high, __half* low, long rows) {
  mma::wait_for_previous_kernel();
  mma::let_next_kernel_start();
  const long row = this_thread();
  if (row >= rows) return;
  float windowed[kFft];
#pragma unroll
  for (int n = 0; n < kFft; ++n) {
    long at = row * kHop + n - kFft / 2;
    at = at < 0 ? -at : at >= samples ? 2 * (samples - 1) - at : at;
    windowed[n] = wave[at] * hann(n);
  }
  float values[kPart / 8][8] = {};
#pragma unroll
  for (int bin = 0; bin < kBins; ++bin)
#pragma unroll
    for (int n = 0; n < kFft; ++n) {
      values[bin / 8][bin % 8] += windowed[n] * cosine(bin * n);
      values[(kBins + bin) / 8][(kBins + bin) % 8] -= windowed[n] * sine(bin * n);
    }
#pragma unroll
  for (int part = 0; part < kPart / 8; ++part)
    wave::store_terms(values[part], high + row * kPart + 8 * part, low + row * kPart + 8 * part);
}

__global__ void frames_kernel(const float* spectrum, float* frames, long rows) {
  mma::wait_for_previous_kernel();
  mma::let_next_kernel_start();
  const long row = this_thread();
  if (row >= rows) return;
  float real[kBins], imaginary[kBins];
#pragma unroll
  for (int bin = 0; bin < kBins; ++bin) {
    const float magnitude = fminf(expf(spectrum[row * kPart + bin]), 100.0f);
    const float phase = sinf(spectrum[row * kPart + kBins + bin]);
    const float weight = (bin == 0 || bin == kBins - 1 ? 1.0f : 2.0f) / kFft * magnitude;
    real[bin] = weight * cosf(phase);
    imaginary[bin] = weight * sinf(phase);
  }
#pragma unroll
  for (int n = 0; n < kFft; ++n) {
    float sum = 0;
#pragma unroll
    for (int bin = 0; bin < kBins; ++bin) sum += real[bin] * cosine(bin * n) - imaginary[bin] * sine(bin * n);
    frames[row * kFft + n] = sum * hann(n);
  }
}

__global__ void overlap_kernel(const float* frames, float* wave, long rows, long samples) {
  mma::wait_for_previous_kernel();
  mma::let_next_kernel_start();
  const long i = this_thread();
  if (i >= samples) return;
  const long at = i + kFft / 2;
  float sum = 0, weight = 0;
#pragma unroll
  for (int j = 0; j < kFft / kHop; ++j) {
    const long row = at / kHop - j;
    if (row < 0 || row >= rows) continue;
    const int n = static_cast<int>(at - row * kHop);
    sum += frames[row * kFft + n];
    weight += hann(n) * hann(n);
  }
  wave[i] = fminf(fmaxf(sum / weight, -0.99f), 0.99f);
}

struct Source {
  const float* f0;
  const float* starts;
  const float* phase;
  const float* noise;
  const float* weight;
  const float* bias;
  float* out;
  int waves;
  int frames;
  int hop;
};

__global__ void source_kernel(const Source p) {
  mma::wait_for_previous_kernel();
  mma::let_next_kernel_start();
  const long i = this_thread(), samples = static_cast<long>(p.frames) * p.hop;
  if (i >= samples) return;
  const int frame = static_cast<int>(i / p.hop);
  const float into = static_cast<float>(i - static_cast<long>(frame) * p.hop + 1);
  const float f0 = p.f0[frame];
  const bool voiced = f0 > 10.0f;
  const float amplitude = voiced ? 0.003f : 0.1f / 3;
  float sum = p.bias[0];
  for (int k = 0; k < p.waves; ++k) {
    const float cycles =
        p.starts[static_cast<long>(k) * p.frames + frame] + f0 * static_cast<float>(k + 1) / 24000.0f * into;
    const float angle = (cycles - floorf(cycles)) * 6.283185307179586f + (k == 0 ? 0.0f : p.phase[k]);
    const float tone = voiced ? 0.1f * sinf(angle) : 0.0f;
    sum += p.weight[k] * (tone + amplitude * p.noise[k * samples + i]);
  }
  p.out[i] = tanhf(sum);
}

__half* half_of(const at::Tensor& tensor) { return static_cast<__half*>(tensor.mutable_data_ptr()); }

}  // namespace

void wave_merge_cuda(const at::Tensor& up, const at::Tensor& side, const at::Tensor& alphas,
                     const at::Tensor& sum, const std::array<TwoTerms, 3>& snakes) {
  const c10::cuda::CUDAGuard guard(sum.device());
  Snakes to{};
  for (int i = 0; i < 3; ++i) to.high[i] = half_of(snakes[i].high), to.low[i] = half_of(snakes[i].low);
  launch_dependent(merge_kernel, blocks(sum.numel() / 8), dim3(kThreads), 0, up.const_data_ptr<float>(),
                   side.const_data_ptr<float>(), alphas.const_data_ptr<float>(),
                   sum.mutable_data_ptr<float>(), to, sum.size(1), sum.numel(), up.size(0) != sum.size(0));
}

void wave_mean_cuda(const std::array<at::Tensor, 3>& parts, double slope, const TwoTerms& result) {
  const c10::cuda::CUDAGuard guard(parts[0].device());
  const Parts from{
      {parts[0].const_data_ptr<float>(), pointer_or_null<float>(parts[1]), pointer_or_null<float>(parts[2])}};
  launch_dependent(mean_kernel, blocks(parts[0].numel() / 8), dim3(kThreads), 0, from, slope,
                   half_of(result.high), half_of(result.low), parts[0].numel());
}

void wave_spectrum_cuda(const at::Tensor& wave, const TwoTerms& result) {
  const c10::cuda::CUDAGuard guard(wave.device());
  const auto rows = result.high.size(0);
  launch_dependent(spectrum_kernel, blocks(rows), dim3(kThreads), 0, wave.const_data_ptr<float>(),
                   wave.numel(), half_of(result.high), half_of(result.low), rows);
}

void wave_from_spectrum_cuda(const at::Tensor& spectrum, const at::Tensor& frames, const at::Tensor& wave) {
  const c10::cuda::CUDAGuard guard(wave.device());
  const auto rows = spectrum.size(0);
  launch_dependent(frames_kernel, blocks(rows), dim3(kThreads), 0, spectrum.const_data_ptr<float>(),
                   frames.mutable_data_ptr<float>(), rows);
  launch_dependent(overlap_kernel, blocks(wave.numel()), dim3(kThreads), 0, frames.const_data_ptr<float>(),
                   wave.mutable_data_ptr<float>(), rows, wave.numel());
}

void wave_source_cuda(const WaveSourceRequest& request) {
  const c10::cuda::CUDAGuard guard(request.out.device());
  const auto frames = request.f0.numel();
  const Source source{request.f0.const_data_ptr<float>(),
                      request.starts.const_data_ptr<float>(),
                      request.phase.const_data_ptr<float>(),
                      request.noise.const_data_ptr<float>(),
                      request.weight.const_data_ptr<float>(),
                      request.bias.const_data_ptr<float>(),
                      request.out.mutable_data_ptr<float>(),
                      static_cast<int>(request.starts.size(0)),
                      static_cast<int>(frames),
                      static_cast<int>(request.out.numel() / frames)};
  launch_dependent(source_kernel, blocks(request.out.numel()), dim3(kThreads), 0, source);
}

}  // namespace octet
