#include "core/metrics/mel_distance.h"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>
#include <optional>

#include "core/dsp/log_mel.h"
#include "core/dsp/resample.h"
#include "core/metrics/signal_pair.h"
#include "core/s3gen/format.h"

namespace octet {
namespace {

/// Test less reference, [bands, frames]; none when they are too short.
std::optional<at::Tensor> mel_difference(std::span<const float> reference, std::span<const float> test,
                                         int sample_rate) {
  const SignalPair pair(reference, test);
  if (pair.samples() * s3gen::kSampleRate <= std::int64_t{720} * sample_rate) return {};
  const auto mel = [&](const at::Tensor& signal) {
    return prompt_log_mel(resample(signal.to(at::kFloat), sample_rate, s3gen::kSampleRate))[0].to(
        at::kDouble);
  };
  return mel(pair.test) - mel(pair.reference);
}

}  // namespace

double mel_l1(std::span<const float> reference, std::span<const float> test, int sample_rate) {
  const auto difference = mel_difference(reference, test, sample_rate);
  return difference ? difference->abs().mean().item<double>() : kUndefined;
}

double mel_cepstral_distortion(std::span<const float> reference, std::span<const float> test,
                               int sample_rate) {
  constexpr std::int64_t kCoefficients = 13;
  const auto difference = mel_difference(reference, test, sample_rate);
  if (!difference) return kUndefined;
  const auto bands = difference->size(0);
  const at::Tensor m = at::arange(1, kCoefficients + 1, at::kDouble).unsqueeze(1);
  const at::Tensor k = at::arange(bands, at::kDouble).add(0.5).unsqueeze(0);
  const at::Tensor cosines = (m * k * (std::numbers::pi / static_cast<double>(bands))).cos();
  const at::Tensor cepstra = at::matmul(cosines, *difference) * (2.0 / static_cast<double>(bands));
  const double per_neper = 10 / std::numbers::ln10;
  return per_neper * (cepstra.pow(2).sum(0) * 2).sqrt().mean().item<double>();
}

}  // namespace octet
