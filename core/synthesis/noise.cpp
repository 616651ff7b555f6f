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

namespace {

/// What was injected under a name, or undefined.
at::Tensor injected_as(const char* name, at::IntArrayRef sizes, const InjectedNoise& injected) {
  const auto given = injected.find(name);
  if (given == injected.end()) return {};
  const auto tensor = to_torch(given->second);
  if (tensor.sizes() != sizes || !tensor.is_floating_point())
    throw Error(ErrorKind::input, fmt::format("noise tensor {} is {}; this request needs fp32 {}", name,
                                              fmt::join(tensor.sizes(), "x"), fmt::join(sizes, "x")));
  return tensor;
}

}  // namespace

Noise draw_noise(std::uint64_t seed, const NoiseShape& shape, const InjectedNoise& injected,
                 at::Device device) {
  const auto generator = at::detail::createCPUGenerator(seed);
  using Sizes = std::vector<std::int64_t>;
  const Sizes tail_sizes = {1, s3gen::kMelBands, s3gen::kFramesPerToken * shape.output_tokens},
              flow_sizes = {1, s3gen::kMelBands, shape.frames}, phase_sizes = {1, shape.waves, 1},
              noise_sizes = {1, shape.waves, shape.samples};
  const auto tail = shape.meanflow ? injected_as("noised_mels", tail_sizes, injected) : at::Tensor();
  const auto flow = injected_as("cfm_noise", flow_sizes, injected);
  const auto phase = injected_as("sine_phase", phase_sizes, injected);
  const auto noise_of_source = injected_as("sine_noise", noise_sizes, injected);
  const auto given_or = [](const at::Tensor& given, const at::Tensor& drawn) {
    return given.defined() ? given : drawn;
  };

  Noise noise;
  noise.flow = std::async(std::launch::async, [=, meanflow = shape.meanflow] {
                 s3gen::FlowNoise made;
                 if (meanflow) made.tail = given_or(tail, at::randn(tail_sizes, generator, at::kFloat));
                 made.noise = given_or(flow, at::randn(flow_sizes, generator, at::kFloat));
                 return made;
               }).share();
  noise.source =
      std::async(std::launch::async, [=, before = noise.flow] {
        before.wait();
        constexpr float kPi = std::numbers::pi_v<float>;
        const auto uniform = at::rand(phase_sizes, generator, at::kFloat);
        if (noise_of_source.defined())
          return s3gen::SourceNoise{given_or(phase, uniform * (2 * kPi) - kPi), noise_of_source};
        const auto room =
            at::empty(noise_sizes, at::TensorOptions().dtype(at::kFloat).pinned_memory(device.is_cuda()));
        return s3gen::SourceNoise{given_or(phase, uniform * (2 * kPi) - kPi), room.normal_(0, 1, generator)};
      }).share();
  return noise;
}

}  // namespace octet
