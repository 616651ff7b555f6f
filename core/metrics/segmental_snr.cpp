#include "core/metrics/segmental_snr.h"

#include <ATen/ATen.h>

#include "core/metrics/signal_pair.h"

namespace octet {

double segmental_snr(std::span<const float> reference, std::span<const float> test, int sample_rate) {
  const SignalPair pair(reference, test);
  const std::int64_t length = sample_rate * 3 / 100;
  const std::int64_t hop = length / 4;
  if (pair.samples() < length || hop == 0) return kUndefined;
  const at::Tensor weights = at::hann_window(length, at::kDouble).pow(2).view({1, 1, -1});
  // The energy of windowed frames is a convolution of the squared signal. [frames]
  const auto energies = [&](const at::Tensor& signal) {
    return at::conv1d(signal.pow(2).unsqueeze(0), weights, {}, hop).flatten();
  };
  const at::Tensor signal = energies(pair.reference);
  const double loudest = signal.max().item<double>();
  if (loudest <= 0) return kUndefined;
  const at::Tensor kept = signal >= loudest * 1e-4;
  const at::Tensor ratios = (signal / energies(pair.reference - pair.test)).log10() * 10;
  return ratios.clamp(-10, 35).masked_select(kept).mean().item<double>();
}

}  // namespace octet
