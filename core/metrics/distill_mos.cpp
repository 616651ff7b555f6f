#include "core/metrics/distill_mos.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/metrics/mos_network.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

using mos_network::Weights;

constexpr std::int64_t kSegmentSamples = 122880, kMostApart = 16000;
constexpr std::int64_t kWindow = 320, kStep = 160;
constexpr double kLeastMagnitude = 1e-12, kCompression = 0.3;
constexpr std::int64_t kHeads = 8;

at::Tensor linear(const at::Tensor& x, const Weights& layer) {
  return at::linear(x, layer.weight, layer.bias);
}

at::Tensor normalized(const at::Tensor& x, const Weights& norm) {
  return at::layer_norm(x, {x.size(-1)}, norm.weight, norm.bias);
}

/// [kSegmentSamples] -> [1, real and imaginary, bin, frame], magnitudes raised to kCompression
at::Tensor compressed_spectrum(const at::Tensor& samples) {
  const auto margin = (kWindow - kStep) / 2;
  const auto padded = at::reflection_pad1d(samples.unsqueeze(0), {margin, margin});
  const auto spectrum = at::view_as_real(at::stft(padded, kWindow, kStep, kWindow, at::hann_window(kWindow),
                                                  /*normalized=*/false,
                                                  /*onesided=*/true, /*return_complex=*/true));
  const auto magnitude = spectrum.square().sum(-1, /*keepdim=*/true).sqrt().clamp_min(kLeastMagnitude);
  return (magnitude.pow(kCompression) * spectrum / magnitude).permute({0, 3, 1, 2});
}

/// As torch.nn.TransformerEncoderLayer: normalized after each half.
struct TransformerLayer {
  Weights attention_in, attention_out, attention_norm, wide, narrow, norm;

  TransformerLayer(const TensorFile& file, int index) {
    const auto part = [&](const char* name) {
      return mos_network::weights_called(fmt::format("layer.{}.{}", index, name), file);
    };
    attention_in = part("attention_in");
    attention_out = part("attention_out");
    attention_norm = part("attention_norm");
    wide = part("wide");
    narrow = part("narrow");
    norm = part("norm");
  }

  /// [frame, feature]
  at::Tensor attention(const at::Tensor& x) const {
    // [queries, keys and values; head, frame, feature]
    const auto parts = linear(x, attention_in).view({x.size(0), 3, kHeads, -1}).permute({1, 2, 0, 3});
    const auto scale = 1 / std::sqrt(static_cast<double>(parts.size(-1)));
    const auto shares = at::softmax(at::matmul(parts[0] * scale, parts[1].transpose(1, 2)), -1);
    return linear(at::matmul(shares, parts[2]).transpose(0, 1).reshape(x.sizes()), attention_out);
  }

  at::Tensor operator()(const at::Tensor& x) const {
    const auto attended = normalized(x + attention(x), attention_norm);
    return normalized(attended + linear(linear(attended, wide).relu(), narrow), norm);
  }
};

/// Where the segments begin, in samples, rounded as distillmos does.
std::vector<std::int64_t> distill_starts(std::int64_t samples) {
  const auto beyond = samples - kSegmentSamples;
  const auto apart = (beyond + kMostApart - 1) / kMostApart;
  std::vector<std::int64_t> starts;
  starts.reserve(static_cast<std::size_t>(apart) + 1);
  for (std::int64_t i = 0; i < apart; ++i)
    starts.push_back(static_cast<std::int64_t>(static_cast<double>(i) * (1.0 / static_cast<double>(apart)) *
                                               static_cast<double>(beyond)));
  starts.push_back(beyond);
  return starts;
}

}  // namespace

struct DistillMos::Network {
  std::vector<Weights> convolutions;
  Weights input;
  at::Tensor position;  ///< [frame, feature]
  std::vector<TransformerLayer> layers;
  Weights pool_hidden, pool_attention, score;

  explicit Network(const TensorFile& file)
      : input(mos_network::weights_called("input", file)),
        position(mos_network::tensor_called("position", file)),
        pool_hidden(mos_network::weights_called("pool.hidden", file)),
        pool_attention(mos_network::weights_called("pool.attention", file)),
        score(mos_network::weights_called("score", file)) {
    for (int i = 0; i < 6; ++i)
      convolutions.push_back(mos_network::weights_called(fmt::format("conv.{}", i), file));
    for (int i = 0; i < 7; ++i) layers.emplace_back(file, i);
  }

  /// [kSegmentSamples] -> 1 to 5
  double operator()(const at::Tensor& samples) const {
    auto image = compressed_spectrum(samples / (samples.abs().max() + 1e-8));
    for (std::size_t i = 0; i < convolutions.size(); ++i) {
      // Over bins, over frames.
      const std::array<std::int64_t, 2> step{i > 0 ? 2 : 1, i + 1 == convolutions.size() ? 2 : 1},
          padding{0, 1};
      const auto& [weight, bias] = convolutions[i];
      image = at::leaky_relu(at::conv2d(image, weight, bias, step, padding), 0.1);
    }
    auto features = linear(image.flatten(1, 2)[0].t(), input) + position;
    for (const auto& layer : layers) features = layer(features);
    const auto shares = at::softmax(linear(linear(features, pool_hidden).relu(), pool_attention), 0);
    const auto pooled = linear((shares * features).sum(0), score);
    return 1 + 4 * at::sigmoid(pooled).item<double>();
  }
};

DistillMos::DistillMos() {
  network_ = translating_torch_errors([] {
    return std::make_unique<const Network>(mos_network::open("distillmos/distill_mos_v7.safetensors"));
  });
}

DistillMos::~DistillMos() = default;

double DistillMos::operator()(std::span<const float> sound, int sample_rate,
                              const JobControl& control) const {
  if (sound.empty()) return std::numeric_limits<double>::quiet_NaN();
  return translating_torch_errors([&] {
    auto samples = mos_network::samples_at_rate(sound, sample_rate);
    if (samples.numel() < kSegmentSamples)
      samples = at::constant_pad_nd(samples, {0, kSegmentSamples - samples.numel()});
    const auto starts = distill_starts(samples.numel());
    double sum = 0;
    for (std::size_t i = 0; i < starts.size(); ++i) {
      control.at({"predicted MOS", static_cast<int>(i), static_cast<int>(starts.size())});
      sum += (*network_)(samples.slice(0, starts[i], starts[i] + kSegmentSamples));
    }
    return sum / static_cast<double>(starts.size());
  });
}

}  // namespace octet
