#include "core/dsp/resample.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>

#include "core/error.h"

namespace octet {
namespace {

constexpr double kLowpassWidth = 6;
constexpr double kRolloff = 0.99;
constexpr std::int64_t kMaxFilterValues = std::int64_t{1} << 25;  // 44056 Hz (NTSC) still passes

/// One windowed sinc per output phase: [to, 1, 2 * width + from], for coprime rates.
at::Tensor sinc_filters(int from, int to, std::int64_t width, double cutoff) {
  const at::Tensor taps = at::arange(-width, width + from, at::kDouble).view({1, 1, -1}) / from;
  // The phases divide integers and so are fp32, as upstream's are; only then does fp64 take over.
  const at::Tensor phases = at::arange(0, -to, -1, at::kLong).view({-1, 1, 1}) / to;
  at::Tensor t = ((phases + taps) * cutoff).clamp_(-kLowpassWidth, kLowpassWidth);
  const at::Tensor window = at::cos(t * std::numbers::pi / kLowpassWidth / 2).pow(2);
  t *= std::numbers::pi;
  const at::Tensor sinc = at::where(t == 0, at::ones({}, t.options()), t.sin() / t);
  return (sinc * (window * (cutoff / from))).to(at::kFloat);
}

}  // namespace

Resampler::Resampler(int from_rate, int to_rate, at::Device device)
    : from_(from_rate / std::gcd(from_rate, to_rate)), to_(to_rate / std::gcd(from_rate, to_rate)) {
  if (from_ == to_) return;
  const double cutoff = std::min(from_, to_) * kRolloff;
  width_ = static_cast<std::int64_t>(std::ceil(kLowpassWidth * from_ / cutoff));
  if ((2 * width_ + from_) * to_ > kMaxFilterValues) {
    throw Error(ErrorKind::input,
                fmt::format("a sample rate of {} Hz cannot be brought to {} Hz", from_rate, to_rate),
                "convert the sound to 44100 or 48000 Hz first");
  }
  filters_ = sinc_filters(from_, to_, width_, cutoff).to(device);
}

at::Tensor Resampler::operator()(const at::Tensor& waveform) const {
  if (from_ == to_) return waveform;
  const std::int64_t samples = waveform.size(-1);
  const at::Tensor padded = at::constant_pad_nd(waveform.reshape({-1, 1, samples}), {width_, width_ + from_});
  // [waves, steps, to]. cuDNN would look for a way anew for each length.
  const at::Tensor steps = padded.is_cuda() ? at::matmul(padded.squeeze(1).unfold(1, filters_.size(2), from_),
                                                         filters_.squeeze(1).t())
                                            : at::conv1d(padded, filters_, {}, from_).transpose(1, 2);
  // Upstream rounds the length up from its fp32 value.
  const auto length = static_cast<std::int64_t>(
      std::ceil(static_cast<float>(static_cast<double>(to_) * static_cast<double>(samples) / from_)));
  auto shape = waveform.sizes().vec();
  const at::Tensor resampled = steps.reshape({steps.size(0), -1}).slice(1, 0, length);
  shape.back() = resampled.size(1);
  return resampled.reshape(shape);
}

at::Tensor resample(const at::Tensor& waveform, int from_rate, int to_rate) {
  return Resampler(from_rate, to_rate, waveform.device())(waveform);
}

}  // namespace octet
