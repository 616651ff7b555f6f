#include "core/metrics/worst_moments.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/dsp/mel_filterbank.h"
#include "core/metrics/signal_pair.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

constexpr double kMaskedUnder = 40;   // dB under the loudest band of a window
constexpr double kUnheardUnder = 60;  // dB under the loud windows
constexpr double kApart = 0.25;       // seconds
constexpr double kSilence = 1e-12;    // power

at::Tensor decibels(const at::Tensor& power) { return power.clamp_min(kSilence).log10() * 10; }

}  // namespace

std::vector<Moment> worst_moments(std::span<const float> reference, std::span<const float> test,
                                  int sample_rate, std::size_t count) try {
  const int window_samples = sample_rate * 3 / 50;
  const int hop = window_samples / 4;
  if (hop == 0) return {};
  const at::Tensor window = at::hann_window(window_samples, at::kDouble);
  const at::Tensor filters =
      mel_filterbank({.sample_rate = sample_rate, .n_fft = window_samples, .count = 40, .f_max = {}})
          .to(at::kDouble);
  const double scale = 2 / window.sum().pow(2).item<double>();  // a full-scale sine has half of 1
  std::vector<at::Tensor> distances, levels, reference_levels;  // [windows]
  for_each_magnitudes(
      SignalPair(reference, test), {.n_fft = window_samples, .hop = hop, .mirrored = 0}, window,
      [&](const at::Tensor& r, const at::Tensor& t) {
        const auto power = [&](const at::Tensor& magnitudes) { return magnitudes.pow(2) * scale; };
        const auto mel = [&](const at::Tensor& magnitudes) {
          return decibels(at::matmul(filters, power(magnitudes)));
        };
        const at::Tensor mel_r = mel(r), mel_t = mel(t);
        const at::Tensor masked = at::maximum(mel_r, mel_t).amax(0, /*keepdim=*/true) - kMaskedUnder;
        distances.push_back((at::maximum(mel_r, masked) - at::maximum(mel_t, masked)).pow(2).mean(0).sqrt());
        const at::Tensor level_r = decibels(power(r).sum(0));
        levels.push_back(at::maximum(level_r, decibels(power(t).sum(0))));
        reference_levels.push_back(level_r);
      });
  if (distances.empty()) return {};
  const at::Tensor reference_level = at::cat(reference_levels);
  if (reference_level.max().item<double>() <= 10 * std::log10(kSilence)) return {};

  const at::Tensor loud = reference_level.quantile(0.95);
  const at::Tensor weight = (1 + (at::cat(levels) - loud) / kUnheardUnder).clamp(0, 1);
  const at::Tensor score = (at::cat(distances) * weight).contiguous();
  const auto [sorted, order] = score.sort(/*dim=*/0, /*descending=*/true);

  std::vector<Moment> worst;
  for (std::int64_t i = 0; i < order.numel() && worst.size() < count; ++i) {
    const double value = sorted[i].item<double>();
    if (!(value > 0)) break;
    const double seconds =
        (static_cast<double>(order[i].item<std::int64_t>()) * hop + window_samples / 2.0) / sample_rate;
    if (std::ranges::all_of(worst, [&](const Moment& m) { return std::abs(m.seconds - seconds) >= kApart; }))
      worst.push_back({seconds, value});
  }
  return worst;
} catch (...) {
  rethrow_as_error();
}

}  // namespace octet
