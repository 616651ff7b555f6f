#include "core/s3gen/hift.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/checkpoint/upstream_sizes.h"
#include "core/kernels/dequantize.h"

namespace octet::s3gen {
namespace {

constexpr auto kFft = upstream::kVocoderFft;
constexpr std::int64_t kHopLength = 4;
constexpr double kSlope = 0.1;
constexpr double kLastSlope = 0.01;  // upstream calls leaky_relu without its slope before conv_post
constexpr double kLargestMagnitude = 1e2;
constexpr double kAudioLimit = 0.99;

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
  for (int i = 0; i < static_cast<int>(upstream::kDilations.size()); ++i) {
    const auto dilation = upstream::kDilations[static_cast<std::size_t>(i)];
    const auto same = [](const Scope& convolution, std::int64_t dilated) {
      return Conv1d(convolution,
                    {.padding = (kernel_size(convolution) - 1) * dilated / 2, .dilation = dilated});
    };
    convs1.push_back(same(scope / "convs1" / i, dilation));
    convs2.push_back(same(scope / "convs2" / i, 1));
    snakes1.emplace_back(scope / "activations1" / i);
    snakes2.emplace_back(scope / "activations2" / i);
  }
}

at::Tensor Hift::ResBlock::operator()(at::Tensor x, const Run& run) const {
  for (std::size_t i = 0; i < convs1.size(); ++i)
    x = convs2[i](snakes2[i](convs1[i](snakes1[i](x, run), run), run), run) + x;
  return x;
}

std::int64_t Hift::ResBlock::reach() const {
  std::int64_t rows = 0;
  for (const auto* convs : {&convs1, &convs2})
    for (const auto& conv : *convs) rows += conv.shape().padding;
  return rows;
}

Hift::Hift(const Scope& scope)
    : f0_predictor_(scope / "f0_predictor"),
      source_(scope / "m_source"),
      conv_pre_(scope / "conv_pre", {.padding = 3}),
      conv_post_(scope / "conv_post", {.padding = 3}) {
  constexpr int kStages = static_cast<int>(upstream::kUpsamplings.size());
  int blocks = 0;
  while ((scope / "resblocks" / blocks / "convs1" / 0).is_layer()) ++blocks;
  for (int i = 0; i < kStages; ++i) {
    const auto [stride, down] = upstream::kUpsamplings[static_cast<std::size_t>(i)];
    const auto up = scope / "ups" / i;
    const auto down_shape = down == 1 ? ConvShape{} : ConvShape{.stride = down, .padding = down / 2};
    stages_.push_back({ConvTranspose1d(up, {.stride = stride, .padding = (kernel_size(up) - stride) / 2}),
                       Conv1d(scope / "source_downs" / i, down_shape),
                       ResBlock(scope / "source_resblocks" / i),
                       {}});
    for (int j = i * blocks / kStages; j < (i + 1) * blocks / kStages; ++j)
      stages_.back().blocks.emplace_back(scope / "resblocks" / j);
  }
  reach_ = measured_reach();
  if (scope.graphs() && wave_kernels_run_on(scope.device()) && fits_rows() && !scope.rounds_inputs())
    wave_ = std::make_unique<const WaveVocoder>(parts(), scope.graphs());
}

/// In frames, each of as many rows as there are by then; of two ways that meet, the longer.
std::int64_t Hift::measured_reach() const {
  auto frames = static_cast<double>(conv_pre_.shape().padding), rows = 1.0;
  for (const auto& stage : stages_) {
    const auto stride = static_cast<double>(stage.up.shape().stride);
    frames += (static_cast<double>(stage.up.kernel_size()) / stride + 1) / rows;
    rows *= stride;
    const auto windows =
        (stage.source_down.kernel_size() + kFft / kHopLength) / stage.source_down.shape().stride;
    frames = std::max(frames, static_cast<double>(windows + 1 + stage.source_block.reach()) / rows);
    std::int64_t longest = 0;
    for (const auto& block : stage.blocks) longest = std::max(longest, block.reach());
    frames += static_cast<double>(longest) / rows;
  }
  const auto last = conv_post_.shape().padding + kFft / kHopLength;
  frames += static_cast<double>(last) / rows;
  return static_cast<std::int64_t>(std::ceil(frames)) + 1;
}

bool Hift::fits_rows() const {
  constexpr std::int64_t kVector = 8;
  const auto odd = [](const Conv1d& conv) { return conv.out_channels() % kVector != 0; };
  if (odd(conv_pre_) || std::ranges::any_of(f0_predictor_.convs(), odd)) return false;
  return std::ranges::all_of(stages_, [&](const Upsampling& stage) {
    const auto stride = stage.up.shape().stride, taps = stage.up.kernel_size();
    return !odd(stage.source_down) && stage.blocks.size() == WaveVocoder::kBlocks && taps <= 3 * stride &&
           (taps - stride) % 2 == 0;
  });
}

WaveVocoder::Parts Hift::parts() const {
  const auto prepared = [](const Conv1d& conv) {
    return WaveConvolution::plain(conv.weight(), conv.bias(), conv.shape());
  };
  const auto fp32 = [](const Linear& layer) { return values_in(layer.weight(), at::kFloat); };
  const auto bias_of = [](const Linear& layer) { return layer.bias().value().to(at::kFloat); };
  const auto alpha_of = [](const Snake& snake) { return snake.alpha().flatten().contiguous(); };
  const auto block_of = [&](const ResBlock& block) {
    WaveVocoder::ResBlock made;
    for (std::size_t i = 0; i < block.convs1.size(); ++i)
      made.units.push_back({alpha_of(block.snakes1[i]), prepared(block.convs1[i]), alpha_of(block.snakes2[i]),
                            prepared(block.convs2[i])});
    return made;
  };
  std::vector<WaveVocoder::Stage> stages;
  for (const auto& stage : stages_) {
    const auto first = [&](std::size_t i) { return alpha_of(stage.blocks[i].snakes1.front()); };
    stages.push_back({WaveConvolution::transposed(stage.up.weight(), stage.up.bias(), stage.up.shape()),
                      prepared(stage.source_down),
                      stage.source_down.shape(),
                      stage.source_down.kernel_size(),
                      block_of(stage.source_block),
                      {block_of(stage.blocks[0]), block_of(stage.blocks[1]), block_of(stage.blocks[2])},
                      at::stack({first(0), first(1), first(2)}).contiguous()});
  }
  std::vector<WaveConvolution> f0_convs;
  for (const auto& conv : f0_predictor_.convs()) f0_convs.push_back(prepared(conv));
  return {std::move(f0_convs),
          fp32(f0_predictor_.classifier()),
          bias_of(f0_predictor_.classifier()),
          fp32(source_.merge()).flatten(),
          bias_of(source_.merge()),
          prepared(conv_pre_),
          std::move(stages),
          prepared(conv_post_)};
}

at::Tensor Hift::f0(const at::Tensor& mel, const Run& run) const {
  return wave_ && !run.watched() ? wave_->f0(mel) : f0_predictor_(mel, run);
}

at::Tensor Hift::source(const at::Tensor& f0, const SourceNoise& noise, const Run& run) const {
  return wave_ && !run.watched() ? wave_->source(f0, noise) : source_(f0, noise, run);
}

at::Tensor Hift::decode(const at::Tensor& mel, const at::Tensor& source, const Run& run,
                        const Between& between, std::int64_t at_once) const {
  const auto frames = mel.size(2), window = std::max(at_once, 4 * reach_);
  if (frames <= window) return decode_at_once(mel, source, run, between);
  const auto wave = at::empty({1, frames * kHop}, source.options());
  for (std::int64_t done = 0; done < frames;) {
    const auto begin = std::clamp(done - reach_, std::int64_t{0}, frames - window), end = begin + window;
    const auto until = end == frames ? frames : end - reach_;
    const auto made = decode_at_once(
        mel.slice(2, begin, end), source.slice(2, begin * kHop, end * kHop), run, [&](double share) {
          between((static_cast<double>(done) + share * static_cast<double>(until - done)) /
                  static_cast<double>(frames));
        });
    wave.slice(1, done * kHop, until * kHop)
        .copy_(made.slice(1, (done - begin) * kHop, (until - begin) * kHop));
    done = until;
  }
  return wave;
}

at::Tensor Hift::decode_at_once(const at::Tensor& mel, const at::Tensor& source, const Run& run,
                                const Between& between) const {
  if (wave_ && !run.watched()) {
    between(0);
    return wave_->decode(mel, source);
  }
  const auto source_spectrum = spectrum(source);
  auto x = conv_pre_(mel, run);
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const auto& stage = stages_[i];
    const auto come_to = [&](std::size_t block) {
      between(
          (static_cast<double>(i) + static_cast<double>(block) / static_cast<double>(stage.blocks.size())) /
          static_cast<double>(stages_.size()));
    };
    come_to(0);
    x = stage.up(at::leaky_relu(x, kSlope), run);
    if (i + 1 == stages_.size()) x = at::reflection_pad1d(x, {1, 0});
    x = x + stage.source_block(stage.source_down(source_spectrum, run), run);

    auto sum = stage.blocks[0](x, run);
    for (std::size_t j = 1; j < stage.blocks.size(); ++j) {
      come_to(j);
      sum = sum + stage.blocks[j](x, run);
    }
    x = sum / static_cast<double>(stage.blocks.size());
  }
  const auto out = conv_post_(at::leaky_relu(x, kLastSlope), run);

  constexpr auto kBins = kFft / 2 + 1;
  const auto magnitude = at::clamp_max(at::exp(out.slice(1, 0, kBins)), kLargestMagnitude);
  const auto phase = at::sin(out.slice(1, kBins));
  const auto wave = at::istft(at::complex(magnitude * at::cos(phase), magnitude * at::sin(phase)), kFft,
                              kHopLength, kFft, periodic_hann(magnitude));
  return at::clamp(wave, -kAudioLimit, kAudioLimit);
}

at::Tensor fade_in(const at::Tensor& waveform) {
  constexpr std::int64_t kSilent = kSampleRate / 50;  // 20 ms
  const auto ramp = (at::cos(at::linspace(std::numbers::pi, 0, kSilent, waveform.options())) + 1) / 2;
  const auto gain = at::cat({at::zeros({kSilent}, waveform.options()), ramp}).slice(0, 0, waveform.size(1));
  return at::cat({waveform.slice(1, 0, gain.size(0)) * gain, waveform.slice(1, gain.size(0))}, 1);
}

}  // namespace octet::s3gen
