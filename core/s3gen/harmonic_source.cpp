#include "core/s3gen/harmonic_source.h"

#include <ATen/ATen.h>

#include <numbers>

namespace octet::s3gen {
namespace {

constexpr double kVoicedAboveHz = 10;
constexpr double kAmplitude = 0.1;
constexpr double kVoicedNoise = 0.003;

}  // namespace

at::Tensor HarmonicSource::operator()(const at::Tensor& f0, const SourceNoise& noise, const Run& run) const {
  const auto f0_samples = at::repeat_interleave(f0, kHop, 1).unsqueeze(1);  // [1, 1, samples]
  const auto numbers = at::arange(1, waves() + 1, f0.options()).view({1, -1, 1});
  const auto cycles_per_sample = f0_samples * numbers / kSampleRate;

  // In fp64: after ten seconds an fp32 sum of cycles is off by a hundredth of a cycle.
  const auto cycles = at::cumsum(cycles_per_sample, -1, at::kDouble);
  const auto angles = (2 * std::numbers::pi * at::remainder(cycles, 1)).to(at::kFloat);
  auto phase = noise.phase.clone();
  phase.select(1, 0).zero_();
  const auto sines = kAmplitude * at::sin(angles + phase);

  const auto voiced = (f0_samples > kVoicedAboveHz).to(at::kFloat);
  const auto noise_amplitude = voiced * kVoicedNoise + (1 - voiced) * kAmplitude / 3;
  const auto waves = sines * voiced + noise_amplitude * noise.noise;
  return at::tanh(merge_(waves.transpose(1, 2), run)).transpose(1, 2);
}

}  // namespace octet::s3gen
