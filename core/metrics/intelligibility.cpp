#include "core/metrics/intelligibility.h"

#include <ATen/ATen.h>

#include <cmath>
#include <optional>

#include "core/dsp/resample.h"
#include "core/dsp/stft.h"
#include "core/metrics/signal_pair.h"

namespace octet {
namespace {

constexpr int kRate = 10000;
constexpr std::int64_t kFrame = 256, kHop = kFrame / 2, kBins = kFrame + 1;  // of a transform of 512
constexpr std::int64_t kSegment = 30;                                        // frames
constexpr double kTiny = 2.220446049250313e-16;

/// A Hann window without its zeros at the ends.
at::Tensor window() { return at::hann_window(kFrame + 2, /*periodic=*/false, at::kDouble).slice(0, 1, -1); }

/// Overlapping windowed frames [frames, kFrame] of a signal [samples]; pystoi leaves out one that ends with
/// it.
at::Tensor framed(const at::Tensor& signal) {
  return signal.slice(0, 0, -1).unfold(0, kFrame, kHop) * window();
}

/// Frames laid over each other again, [samples].
at::Tensor overlapped(const at::Tensor& frames) {
  const auto count = frames.size(0);
  at::Tensor signal = at::zeros({(count - 1) * kHop + kFrame}, at::kDouble);
  // each half of the frames is beside the next one's other half
  signal.slice(0, 0, count * kHop).add_(frames.slice(1, 0, kHop).flatten());
  signal.slice(0, kHop).add_(frames.slice(1, kHop).flatten());
  return signal;
}

/// 0 or 1 for each band of a third octave and each bin, [15, kBins].
at::Tensor third_octaves() {
  constexpr int kBands = 15;
  constexpr double kLowest = 150;
  at::Tensor bands = at::zeros({kBands, kBins}, at::kDouble);
  const double hz_per_bin = static_cast<double>(kRate) / (2 * kFrame);
  for (int band = 0; band < kBands; ++band) {
    const auto nearest = [&](double sixths) {
      return std::lround(kLowest * std::pow(2.0, sixths / 6) / hz_per_bin);
    };
    bands[band].slice(0, nearest(2 * band - 1), nearest(2 * band + 1)).fill_(1);
  }
  return bands;
}

/// [bands, frames]
at::Tensor envelopes(const at::Tensor& signal) {
  const at::Tensor spectrum = at::fft_rfft(framed(signal), 2 * kFrame, 1).abs().pow(2).transpose(0, 1);
  return at::matmul(third_octaves(), spectrum).sqrt();
}

struct Segments {
  at::Tensor reference, test;  ///< [segments, bands, kSegment]
};

/// Of the frames in which the reference is not silent.
std::optional<Segments> segments(std::span<const float> reference, std::span<const float> test,
                                 int sample_rate) {
  const SignalPair pair(reference, test);
  const auto at_rate = [&](const at::Tensor& signal) {
    return resample(signal.to(at::kFloat), sample_rate, kRate)[0].to(at::kDouble);
  };
  if (pair.samples() * kRate < 2 * kFrame * std::int64_t{sample_rate}) return {};
  const at::Tensor r = framed(at_rate(pair.reference)), t = framed(at_rate(pair.test));
  const at::Tensor levels = (r.norm(2, 1) + kTiny).log10() * 20;
  const at::Tensor speaks = (levels > levels.max() - 40).nonzero().flatten();
  if (speaks.size(0) <= kSegment || pair.reference.count_nonzero().item<std::int64_t>() == 0) return {};
  const auto kept = [&](const at::Tensor& frames) {
    return envelopes(overlapped(frames.index_select(0, speaks)));
  };
  const auto cut = [](const at::Tensor& bands) { return bands.unfold(1, kSegment, 1).transpose(0, 1); };
  return Segments{cut(kept(r)), cut(kept(t))};
}

/// Without its mean and of length 1 along `axis`.
at::Tensor normalized(const at::Tensor& values, std::int64_t axis) {
  const at::Tensor centred = values - values.mean(axis, /*keepdim=*/true);
  return centred / (centred.norm(2, axis, /*keepdim=*/true) + kTiny);
}

}  // namespace

double stoi(std::span<const float> reference, std::span<const float> test, int sample_rate) {
  const auto cut = segments(reference, test, sample_rate);
  if (!cut) return kUndefined;
  const at::Tensor gain = cut->reference.norm(2, 2, true) / (cut->test.norm(2, 2, true) + kTiny);
  const double most = 1 + std::pow(10, 15.0 / 20);  // of what is added, at 15 dB under the signal
  const at::Tensor clipped = at::minimum(cut->test * gain, cut->reference * most);
  return (normalized(cut->reference, 2) * normalized(clipped, 2)).sum(2).mean().item<double>();
}

double extended_stoi(std::span<const float> reference, std::span<const float> test, int sample_rate) {
  const auto cut = segments(reference, test, sample_rate);
  if (!cut) return kUndefined;
  const auto both = [](const at::Tensor& bands) { return normalized(normalized(bands, 2), 1); };
  return (both(cut->reference) * both(cut->test) / static_cast<double>(kSegment))
      .sum({1, 2})
      .mean()
      .item<double>();
}

}  // namespace octet
