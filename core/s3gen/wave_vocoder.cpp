#include "core/s3gen/wave_vocoder.h"

#include <ATen/ATen.h>

namespace octet::s3gen {
namespace {

constexpr double kSlope = 0.1;
constexpr double kLastSlope = 0.01;  // upstream calls leaky_relu without its slope before conv_post
constexpr std::int64_t kSpectrumChannels = 24;
constexpr std::int64_t kSpectrumMargin = 32;  // rows of zeros before and behind

/// snake(x) and x in, x of the last unit out.
at::Tensor run(const WaveVocoder::ResBlock& block, at::Tensor x, TwoTerms bent) {
  for (std::size_t i = 0; i < block.units.size(); ++i) {
    const auto& unit = block.units[i];
    const auto inner =
        unit.conv1.activated(bent, {.activation = WaveActivation::snake, .alpha = unit.alpha2});
    if (i + 1 == block.units.size()) return unit.conv2.sum(inner, {.residual = x});
    std::tie(x, bent) = unit.conv2.both(
        inner, {.residual = x, .activation = WaveActivation::snake, .alpha = block.units[i + 1].alpha1});
  }
  return x;
}

/// Windows of a strided convolution over a spectrum with margins, as rows.
at::Tensor windows(const at::Tensor& with_margins, std::int64_t rows, std::int64_t taps,
                   const ConvShape& shape) {
  return with_margins.as_strided({rows, taps * kSpectrumChannels}, {shape.stride * kSpectrumChannels, 1},
                                 (kSpectrumMargin - shape.padding) * kSpectrumChannels);
}

}  // namespace

struct WaveVocoder::Recorded {
  at::Tensor mel;     ///< fp32 [frames, 80]
  at::Tensor source;  ///< fp32 [samples]
  at::Tensor wave;    ///< fp32 [samples]
  std::unique_ptr<CapturedGraph> graph;
};

WaveVocoder::WaveVocoder(Parts parts, std::shared_ptr<GraphCache> graphs)
    : parts_(std::move(parts)), graphs_(std::move(graphs)) {}

WaveVocoder::~WaveVocoder() { graphs_->forget(this); }

at::Tensor WaveVocoder::f0(const at::Tensor& mel) const {
  auto x = terms_of(mel[0].t().contiguous());
  for (const auto& conv : parts_.f0_convs) x = conv.activated(x, {.activation = WaveActivation::elu});
  const auto exact = x.high.to(at::kFloat) + x.low.to(at::kFloat);
  return at::abs(at::linear(exact, parts_.f0_weight, parts_.f0_bias)).t();
}

at::Tensor WaveVocoder::source(const at::Tensor& f0, const SourceNoise& noise) const {
  const auto waves = parts_.source_weight.numel();
  const auto numbers = at::arange(1, waves + 1, f0.options().dtype(at::kDouble)).unsqueeze(1);
  // In fp64: after ten seconds an fp32 sum of cycles is off by a hundredth of a cycle.
  const auto cycles = f0.to(at::kDouble) * numbers * (static_cast<double>(kHop) / kSampleRate);
  const auto starts = at::remainder(at::cumsum(cycles, 1) - cycles, 1).to(at::kFloat).contiguous();
  const auto out = at::empty({1, 1, f0.size(1) * kHop}, f0.options());
  wave_source_cuda({f0.contiguous(), starts, noise.phase.contiguous(), noise.noise.contiguous(),
                    parts_.source_weight, parts_.source_bias, out});
  return out;
}

at::Tensor WaveVocoder::compose(const at::Tensor& mel_rows, const at::Tensor& source) const {
  const auto device = mel_rows.device();
  const auto frames = source.numel() / 4 + 1;
  const auto spectrum_options = at::TensorOptions().dtype(at::kHalf).device(device);
  const auto with_margins = [&] {
    return at::zeros({frames + 2 * kSpectrumMargin, kSpectrumChannels}, spectrum_options);
  };
  const TwoTerms spectrum{with_margins(), with_margins()};
  const auto inner = [&](const at::Tensor& t) {
    return t.slice(0, kSpectrumMargin, kSpectrumMargin + frames);
  };
  wave_spectrum_cuda(source, {inner(spectrum.high), inner(spectrum.low)});

  auto x = parts_.conv_pre.activated(terms_of(mel_rows),
                                     {.activation = WaveActivation::leaky_relu, .slope = kSlope});
  for (std::size_t i = 0; i < parts_.stages.size(); ++i) {
    const auto& stage = parts_.stages[i];
    const bool last = i + 1 == parts_.stages.size();
    const auto channels = stage.alphas.size(1);
    const auto rows = x.high.size(0) * stage.up.width() / channels + (last ? 1 : 0);
    at::Tensor side_out;
    graphs_->side(0).fork([&] {
      const TwoTerms seen{windows(spectrum.high, rows, stage.source_taps, stage.source_shape),
                          windows(spectrum.low, rows, stage.source_taps, stage.source_shape)};
      const auto [side, side_bent] = stage.source_down.both(
          seen, {.activation = WaveActivation::snake, .alpha = stage.source_block.units.front().alpha1});
      side_out = run(stage.source_block, side, side_bent);
    });
    const auto up = stage.up.sum(x).view({-1, channels});
    graphs_->side(0).join();

    const auto sum = at::empty({rows, channels}, up.options());
    std::array<TwoTerms, 3> bent;
    for (auto& terms : bent) terms = empty_terms(rows, channels, device);
    wave_merge_cuda(up, side_out, stage.alphas, sum, bent);
    // The longest last, beside both others.
    std::array<at::Tensor, kBlocks> parts;
    static_assert(GraphCache::kSides + 1 == kBlocks);
    for (std::size_t j = 0; j < GraphCache::kSides; ++j)
      graphs_->side(j).fork([&] { parts[j] = run(stage.blocks[j], sum, bent[j]); });
    parts.back() = run(stage.blocks.back(), sum, bent.back());
    for (std::size_t j = 0; j < GraphCache::kSides; ++j) graphs_->side(j).join();
    x = empty_terms(rows, channels, device);
    wave_mean_cuda(parts, last ? kLastSlope : kSlope, x);
  }
  const auto out = parts_.conv_post.sum(x);
  const auto wave = at::empty({source.numel()}, source.options());
  wave_from_spectrum_cuda(out, at::empty({frames, 16}, out.options()), wave);
  return wave;
}

at::Tensor WaveVocoder::decode(const at::Tensor& mel, const at::Tensor& source) const {
  const auto frames = mel.size(2);
  const auto running = graphs_->lock();
  if (frames > kMostFrames)
    return compose(mel[0].t().contiguous(), source.flatten().contiguous()).unsqueeze(0);
  const auto recorded = graphs_->get<Recorded>(this, frames, [&] {
    auto made = std::make_shared<Recorded>();
    made->mel = at::zeros({frames, mel.size(1)}, mel.options());
    made->source = at::zeros({source.numel()}, source.options());
    made->wave = at::zeros({source.numel()}, source.options());
    made->graph = graphs_->capture([&] { made->wave.copy_(compose(made->mel, made->source)); });
    return made;
  });
  recorded->mel.copy_(mel[0].t());
  recorded->source.copy_(source.flatten());
  recorded->graph->replay();
  return recorded->wave.clone().unsqueeze(0);
}

}  // namespace octet::s3gen
