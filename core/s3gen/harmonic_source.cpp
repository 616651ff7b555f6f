#include "core/s3gen/harmonic_source.h"

#include <ATen/ATen.h>

#include <numbers>

namespace octet::s3gen {
namespace {

constexpr double kVoicedAboveHz = 10;
constexpr double kAmplitude = 0.1;
constexpr double kVoicedNoise = 0.003;

}  // namespace

at::Tensor HarmonicSource::operator()(const at::Tensor& f0, const SourceNoise& noise, const Run& run,
                                      std::int64_t at_once) const {
  const auto numbers = at::arange(1, waves() + 1, f0.options()).view({1, -1, 1});
  auto phase = noise.phase.clone();
  phase.select(1, 0).zero_();
  at::Tensor turned;  // cycles so far, fp64 [1, waves, 1]
  std::vector<at::Tensor> parts;
  for (std::int64_t begin = 0; begin < f0.size(1); begin += at_once) {
    const auto own = f0.slice(1, begin, begin + at_once);
    const auto f0_samples = at::repeat_interleave(own, kHop, 1).unsqueeze(1);  // [1, 1, samples]

    // In fp64: after ten seconds an fp32 sum of cycles is off by a hundredth of a cycle.
    auto cycles = (f0_samples * numbers / kSampleRate).to(at::kDouble);
    if (turned.defined()) cycles.slice(2, 0, 1).add_(turned);
    cycles.cumsum_(-1);
    turned = cycles.slice(2, -1).clone();
    const auto angles = (2 * std::numbers::pi * cycles.remainder_(1)).to(at::kFloat);
    const auto sines = kAmplitude * at::sin(angles + phase);

    const auto voiced = (f0_samples > kVoicedAboveHz).to(at::kFloat);
    const auto noise_amplitude = voiced * kVoicedNoise + (1 - voiced) * kAmplitude / 3;
    const auto hiss = noise.noise.slice(2, begin * kHop, (begin + at_once) * kHop);
    const auto waves = sines * voiced + noise_amplitude * hiss;
    parts.push_back(at::tanh(merge_(waves.transpose(1, 2), run)).transpose(1, 2));
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts, 2);
}

}  // namespace octet::s3gen
