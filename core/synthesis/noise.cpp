#include "core/synthesis/noise.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numbers>

#include "core/error.h"
#include "core/s3gen/format.h"
#include "core/synthesis/host_tensors.h"

namespace octet {

Noise draw_noise(std::uint64_t seed, const NoiseShape& shape, const InjectedNoise& injected) {
  const auto generator = at::detail::createCPUGenerator(seed);
  const auto given_or = [&](const char* name, const at::Tensor& drawn) {
    const auto given = injected.find(name);
    if (given == injected.end()) return drawn;
    const auto tensor = to_torch(given->second);
    if (tensor.sizes() != drawn.sizes() || !tensor.is_floating_point())
      throw Error(ErrorKind::input,
                  fmt::format("noise tensor {} is {}; this request needs fp32 {}", name,
                              fmt::join(tensor.sizes(), "x"), fmt::join(drawn.sizes(), "x")));
    return tensor;
  };
  const auto normal = [&](at::IntArrayRef sizes) { return at::randn(sizes, generator, at::kFloat); };

  Noise noise;
  if (shape.meanflow)
    noise.flow.tail =
        given_or("noised_mels", normal({1, s3gen::kMelBands, s3gen::kFramesPerToken * shape.output_tokens}));
  noise.flow.noise = given_or("cfm_noise", normal({1, s3gen::kMelBands, shape.frames}));
  constexpr float kPi = std::numbers::pi_v<float>;
  const auto uniform = at::rand({1, shape.waves, 1}, generator, at::kFloat);
  noise.source.phase = given_or("sine_phase", uniform * (2 * kPi) - kPi);
  noise.source.noise = given_or("sine_noise", normal({1, shape.waves, shape.samples}));
  return noise;
}

}  // namespace octet
