#include "core/dsp/kaldi_fbank.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/error.h"

namespace octet {
namespace {

constexpr double kSampleRate = 16000;
constexpr int kWindow = 400;
constexpr int kShift = 160;
constexpr int kFft = 512;
constexpr double kPreemphasis = 0.97;
constexpr double kLowHz = 20;

double to_mel(double hz) { return 1127.0 * std::log(1.0 + hz / 700.0); }

/// Triangles of equal height on the mel axis: [bands, kFft / 2 + 1], the last column (Nyquist) zero.
/// fp32 throughout, as upstream's.
at::Tensor mel_banks(int bands) {
  const double low = to_mel(kLowHz);
  const double step = (to_mel(kSampleRate / 2) - low) / (bands + 1);
  const at::Tensor band = at::arange(bands, at::kLong).unsqueeze(1);
  const at::Tensor left = band * step + low;
  const at::Tensor centre = (band + 1.0) * step + low;
  const at::Tensor right = (band + 2.0) * step + low;
  const at::Tensor hz = at::arange(kFft / 2, at::kFloat) * (kSampleRate / kFft);
  const at::Tensor mel = ((hz / 700.0 + 1.0).log() * 1127.0).unsqueeze(0);
  const at::Tensor rising = (mel - left) / (centre - left);
  const at::Tensor falling = (right - mel) / (right - centre);
  return at::constant_pad_nd(at::min(rising, falling).clamp_min(0), {0, 1});
}

}  // namespace

KaldiFbank::KaldiFbank(int bands, at::Device device)
    : window_(at::hann_window(kWindow, /*periodic=*/false, at::kFloat).pow(0.85).to(device)),
      banks_(mel_banks(bands).to(device).t()) {}

at::Tensor KaldiFbank::operator()(const at::Tensor& waveform) const {
  if (waveform.size(1) < kWindow) {
    throw Error(
        ErrorKind::input,
        fmt::format("the sound is too short for a speaker embedding: {} samples at 16 kHz", waveform.size(1)),
        fmt::format("give at least {} ms, better some seconds", kWindow / 16));
  }
  at::Tensor frames = waveform[0].unfold(0, kWindow, kShift);  // [frames, kWindow]
  frames = frames - frames.mean(1, /*keepdim=*/true);
  const at::Tensor previous = at::cat({frames.slice(1, 0, 1), frames.slice(1, 0, -1)}, 1);
  frames = frames - kPreemphasis * previous;
  frames = frames * window_;
  const at::Tensor power = at::fft_rfft(at::constant_pad_nd(frames, {0, kFft - kWindow})).abs().pow(2.0);
  const at::Tensor energies = at::mm(power, banks_);
  return energies.clamp_min(std::numeric_limits<float>::epsilon()).log();
}

}  // namespace octet
