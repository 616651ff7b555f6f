#include "core/synthesis/noise.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numbers>
#include <optional>

#include "core/error.h"
#include "core/kernels/counted_noise.h"
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

/// Which numbers of a seed a draw gets. Other values are another noise for every seed.
enum class Draw : std::uint32_t { flow = 0, tail = 1, phase = 2, hiss = 3 };

/// Makes draws of one seed; of torch's generator in the order in which they are asked for.
class Drawing {
 public:
  Drawing(std::uint64_t seed, NoiseGenerator generator, at::Device device) : seed_(seed) {
    if (generator == NoiseGenerator::torch) {
      torch_ = at::detail::createCPUGenerator(seed);
      room_ = at::TensorOptions(at::kFloat).pinned_memory(device.is_cuda());
    } else {
      room_ = at::TensorOptions(at::kFloat).device(device);
    }
  }

  /// `injected` where that is defined. torch's generator moves on all the same.
  at::Tensor normal(Draw draw, const at::Tensor& injected, at::IntArrayRef sizes) {
    auto of_torch = torch_ ? at::empty(sizes, room_).normal_(0, 1, torch_) : at::Tensor();
    if (injected.defined()) return injected;
    if (torch_) return of_torch;
    return counted_normal({seed_, static_cast<std::uint32_t>(draw)}, sizes[1], 0, sizes[2], room_);
  }

  /// In [-pi, pi); else as `normal`.
  at::Tensor phase(const at::Tensor& injected, at::IntArrayRef sizes) {
    constexpr float kPi = std::numbers::pi_v<float>;
    const auto uniform =
        torch_ ? at::rand(sizes, torch_, at::kFloat)
               : counted_uniform({seed_, static_cast<std::uint32_t>(Draw::phase)}, sizes[1], room_);
    return injected.defined() ? injected : uniform * (2 * kPi) - kPi;
  }

 private:
  std::uint64_t seed_;
  std::optional<at::Generator> torch_;
  at::TensorOptions room_;  // for what is drawn
};

}  // namespace

Noise draw_noise(std::uint64_t seed, NoiseGenerator generator, const NoiseShape& shape,
                 const InjectedNoise& injected, at::Device device) {
  using Sizes = std::vector<std::int64_t>;
  const Sizes tail_sizes = {1, s3gen::kMelBands, s3gen::kFramesPerToken * shape.output_tokens},
              flow_sizes = {1, s3gen::kMelBands, shape.frames}, phase_sizes = {1, shape.waves, 1},
              hiss_sizes = {1, shape.waves, shape.samples};
  const auto tail = shape.meanflow ? injected_as("noised_mels", tail_sizes, injected) : at::Tensor();
  const auto flow = injected_as("cfm_noise", flow_sizes, injected);
  const auto phase = injected_as("sine_phase", phase_sizes, injected);
  const auto hiss = injected_as("sine_noise", hiss_sizes, injected);
  const auto drawing = std::make_shared<Drawing>(seed, generator, device);
  // A GPU draws in its turn. A core takes longer, and does so while other stages run.
  const auto when =
      device.is_cuda() && generator == NoiseGenerator::counted ? std::launch::deferred : std::launch::async;

  Noise noise;
  noise.flow = std::async(when, [=, meanflow = shape.meanflow] {
                 s3gen::FlowNoise made;
                 if (meanflow) made.tail = drawing->normal(Draw::tail, tail, tail_sizes);
                 made.noise = drawing->normal(Draw::flow, flow, flow_sizes);
                 return made;
               }).share();
  noise.source =
      std::async(when, [=, before = noise.flow] {
        before.wait();
        auto turned = drawing->phase(phase, phase_sizes);
        return s3gen::SourceNoise{std::move(turned), drawing->normal(Draw::hiss, hiss, hiss_sizes)};
      }).share();
  return noise;
}

}  // namespace octet
