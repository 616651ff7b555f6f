#include "core/s3gen/hift.h"

#include <ATen/ATen.h>

#include <array>
#include <numbers>

namespace octet::s3gen {
namespace {

constexpr std::int64_t kFft = 16;
constexpr std::int64_t kHopLength = 4;
constexpr double kSlope = 0.1;
constexpr double kLastSlope = 0.01;  // upstream calls leaky_relu without its slope before conv_post
constexpr double kLargestMagnitude = 1e2;
constexpr double kAudioLimit = 0.99;

struct Rates {
  std::int64_t up;  // of the transposed convolution; its kernel is in the weight
  std::int64_t kernel;
  std::int64_t source_down;  // stride from the source's STFT frames to this stage
};
constexpr std::array kRates{Rates{8, 16, 15}, Rates{5, 11, 3}, Rates{3, 7, 1}};
constexpr std::array<std::int64_t, 3> kDilations{1, 3, 5};
constexpr int kBlocksPerStage = 3;

at::Tensor periodic_hann(const at::Tensor& like) { return at::hann_window(kFft, like.options()); }

/// Real parts, then imaginary parts. source: [1, 1, samples] -> [1, 18, samples / 4 + 1]
at::Tensor spectrum(const at::Tensor& source) {
  const auto complex =
      at::stft(source.squeeze(1), kFft, kHopLength, kFft, periodic_hann(source), /*center=*/true, "reflect",
               /*normalized=*/false, /*onesided=*/true, /*return_complex=*/true);
  const auto parts = at::view_as_real(complex);
  return at::cat({parts.select(-1, 0), parts.select(-1, 1)}, 1);
}

}  // namespace

Hift::ResBlock::ResBlock(const Scope& scope) {
  for (int i = 0; i < static_cast<int>(kDilations.size()); ++i) {
    const auto kernel = (scope / "convs1" / i).layer().weight;
    const auto width = std::visit([](const auto& weight) { return weight.values.size(-1); }, kernel.value());
    const auto dilation = kDilations[static_cast<std::size_t>(i)];
    convs1.emplace_back(scope / "convs1" / i,
                        ConvShape{.padding = (width - 1) * dilation / 2, .dilation = dilation});
    convs2.emplace_back(scope / "convs2" / i, ConvShape{.padding = (width - 1) / 2});
    snakes1.emplace_back(scope / "activations1" / i);
    snakes2.emplace_back(scope / "activations2" / i);
  }
}

at::Tensor Hift::ResBlock::operator()(at::Tensor x) const {
  for (std::size_t i = 0; i < convs1.size(); ++i) x = convs2[i](snakes2[i](convs1[i](snakes1[i](x)))) + x;
  return x;
}

Hift::Hift(const Scope& scope)
    : f0_predictor_(scope / "f0_predictor"),
      source_(scope / "m_source"),
      conv_pre_(scope / "conv_pre", {.padding = 3}),
      conv_post_(scope / "conv_post", {.padding = 3}) {
  for (int i = 0; i < static_cast<int>(kRates.size()); ++i) {
    const auto [up, kernel, down] = kRates[static_cast<std::size_t>(i)];
    const auto down_shape = down == 1 ? ConvShape{} : ConvShape{.stride = down, .padding = down / 2};
    stages_.push_back({ConvTranspose1d(scope / "ups" / i, {.stride = up, .padding = (kernel - up) / 2}),
                       Conv1d(scope / "source_downs" / i, down_shape),
                       ResBlock(scope / "source_resblocks" / i),
                       {}});
    for (int j = 0; j < kBlocksPerStage; ++j)
      stages_.back().blocks.emplace_back(scope / "resblocks" / (i * kBlocksPerStage + j));
  }
}

at::Tensor Hift::decode(const at::Tensor& mel, const at::Tensor& source,
                        const std::function<void()>& between) const {
  const auto source_spectrum = spectrum(source);
  auto x = conv_pre_(mel);
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    between();
    const auto& stage = stages_[i];
    x = stage.up(at::leaky_relu(x, kSlope));
    if (i + 1 == stages_.size()) x = at::reflection_pad1d(x, {1, 0});
    x = x + stage.source_block(stage.source_down(source_spectrum));

    auto sum = stage.blocks[0](x);
    for (std::size_t j = 1; j < stage.blocks.size(); ++j) {
      between();
      sum = sum + stage.blocks[j](x);
    }
    x = sum / static_cast<double>(stage.blocks.size());
  }
  const auto out = conv_post_(at::leaky_relu(x, kLastSlope));

  constexpr auto kBins = kFft / 2 + 1;
  const auto magnitude = at::clamp_max(at::exp(out.slice(1, 0, kBins)), kLargestMagnitude);
  const auto phase = at::sin(out.slice(1, kBins));
  const auto wave = at::istft(at::complex(magnitude * at::cos(phase), magnitude * at::sin(phase)), kFft,
                              kHopLength, kFft, periodic_hann(magnitude));
  return at::clamp(wave, -kAudioLimit, kAudioLimit);
}

at::Tensor fade_in(const at::Tensor& waveform) {
  constexpr std::int64_t kSilent = 24000 / 50;
  const auto ramp = (at::cos(at::linspace(std::numbers::pi, 0, kSilent, waveform.options())) + 1) / 2;
  const auto gain = at::cat({at::zeros({kSilent}, waveform.options()), ramp}).slice(0, 0, waveform.size(1));
  return at::cat({waveform.slice(1, 0, gain.size(0)) * gain, waveform.slice(1, gain.size(0))}, 1);
}

}  // namespace octet::s3gen
