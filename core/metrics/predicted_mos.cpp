#include "core/metrics/predicted_mos.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/metrics/mos_network.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

using mos_network::kRate;
using mos_network::Weights;

constexpr double kSeconds = 9.01;
constexpr std::int64_t kSegment = 144160;  // samples of that
constexpr std::int64_t kFrame = 320, kHop = 160;
constexpr double kLeastPower = 1e-12;
constexpr std::size_t kConvolutions = 7, kDense = 3;

template <std::size_t count>
std::array<Weights, count> layers(const TensorFile& file, const char* kind) {
  std::array<Weights, count> made;
  for (std::size_t i = 0; i < count; ++i)
    made[i] = mos_network::weights_called(fmt::format("{}.{}", kind, i), file);
  return made;
}

/// Where the segments begin, in samples.
std::vector<std::int64_t> segment_starts(std::int64_t samples) {
  std::vector<std::int64_t> starts;
  const auto count = std::max<std::int64_t>(1, samples / kRate - 9);
  for (std::int64_t i = 0; i < count; ++i) {
    // speechmos leaves out a segment whose end is rounded to a sample less: the 8th to the 24th, and a few
    // later
    const auto end = static_cast<std::int64_t>((static_cast<double>(i) + kSeconds) * kRate);
    if (end - i * kRate == kSegment) starts.push_back(i * kRate);
  }
  return starts;
}

/// A parabola that brings what the network says to what listeners said.
struct Parabola {
  double square, linear, constant;
  double operator()(double raw) const { return (square * raw + linear) * raw + constant; }
};
constexpr Parabola kSpeech{-0.08397278, 1.22083953, 0.0052439};
constexpr Parabola kBackground{-0.13166888, 1.60915514, -0.39604546};
constexpr Parabola kOverall{-0.06766283, 1.11546468, 0.04602535};

}  // namespace

struct MosPredictor::Network {
  at::Tensor real, imaginary;  ///< [bins, kFrame], nearly those of a windowed Fourier transform
  std::array<Weights, kConvolutions> convolutions;
  std::array<Weights, kDense> dense;

  explicit Network(const TensorFile& file)
      : real(mos_network::tensor_called("stft.real", file)),
        imaginary(mos_network::tensor_called("stft.imaginary", file)),
        convolutions(layers<kConvolutions>(file, "conv")),
        dense(layers<kDense>(file, "dense")) {}

  /// [kSegment] -> speech, background, overall, [3]
  at::Tensor operator()(const at::Tensor& segment) const {
    const auto frames = segment.unfold(0, kFrame, kHop);
    const auto power = at::linear(frames, real).square() + at::linear(frames, imaginary).square();
    auto image = power.clamp_min(kLeastPower).log10().unsqueeze(0).unsqueeze(0);
    for (std::size_t i = 0; i < kConvolutions; ++i) {
      image = at::conv2d(image, convolutions[i].weight, convolutions[i].bias, 1, 1).relu_();
      if (i >= 3 && i <= 5) image = at::max_pool2d(image, 2);
    }
    auto features = image.amax({0, 2, 3});
    for (std::size_t i = 0; i < kDense; ++i) {
      features = at::linear(features, dense[i].weight, dense[i].bias);
      if (i + 1 < kDense) features.relu_();
    }
    return features;
  }
};

MosPredictor::MosPredictor() {
  network_ = translating_torch_errors(
      [] { return std::make_unique<const Network>(mos_network::open("dnsmos/sig_bak_ovr.safetensors")); });
}

MosPredictor::~MosPredictor() = default;

PredictedMos MosPredictor::operator()(std::span<const float> sound, int sample_rate,
                                      const JobControl& control) const {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (sound.empty()) return {kNone, kNone, kNone, kNone};
  return translating_torch_errors([&] {
    auto samples = mos_network::samples_at_rate(sound, sample_rate);
    while (samples.numel() < kSegment) samples = at::cat({samples, samples});
    const auto starts = segment_starts(samples.numel());
    const auto share = 1.0 / static_cast<double>(starts.size());
    PredictedMos mean;
    for (std::size_t i = 0; i < starts.size(); ++i) {
      control.at({"predicted MOS", static_cast<int>(i), static_cast<int>(starts.size())});
      const auto raw = (*network_)(samples.slice(0, starts[i], starts[i] + kSegment));
      const auto* values = raw.data_ptr<float>();
      mean.speech += share * kSpeech(values[0]);
      mean.background += share * kBackground(values[1]);
      mean.overall += share * kOverall(values[2]);
    }
    mean.distilled = distilled_(sound, sample_rate, control);
    return mean;
  });
}

double predicted_score(std::string_view measure, const PredictedMos& reference, const PredictedMos& test) {
  if (measure == "predicted_mos_speech") return test.speech;
  if (measure == "predicted_mos_background") return test.background;
  if (measure == "predicted_mos_overall") return test.overall;
  if (measure == "predicted_mos_change") return test.overall - reference.overall;
  if (measure == "predicted_mos_distilled") return test.distilled;
  if (measure == "predicted_mos_distilled_change") return test.distilled - reference.distilled;
  throw Error(ErrorKind::usage, fmt::format("'{}' is no prediction", measure));
}

}  // namespace octet
