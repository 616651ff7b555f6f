#include "core/s3gen/campplus.h"

#include <ATen/ATen.h>

#include "core/checkpoint/upstream_sizes.h"
#include "core/s3gen/speaker_blocks.h"

namespace octet::s3gen {
namespace {

/// The mean of each segment, spread over its frames. [batch, channels, frames]
at::Tensor segment_means(const at::Tensor& x) {
  constexpr auto kSegment = Campplus::kSegment;
  const auto means = at::avg_pool1d(x, kSegment, kSegment, /*padding=*/0, /*ceil_mode=*/true);
  return means.unsqueeze(-1).expand({-1, -1, -1, kSegment}).flatten(2).slice(2, 0, x.size(2));
}

}  // namespace

Campplus::ResidualBlock::ResidualBlock(const Scope& scope, std::int64_t row_stride)
    : conv1(scope / "conv1", row_stride, 1),
      norm1(scope / "bn1"),
      conv2(scope / "conv2", 1, 1),
      norm2(scope / "bn2") {
  if (const auto place = scope / "shortcut"; (place / 0).is_layer()) {
    shortcut.emplace(place / 0, row_stride, 0);
    shortcut_norm.emplace(place / 1);
  }
}

at::Tensor Campplus::ResidualBlock::operator()(const at::Tensor& x, const Run& run) const {
  const auto y = norm2(conv2(at::relu(norm1(conv1(x, run), run)), run), run);
  return at::relu(y + (shortcut ? (*shortcut_norm)((*shortcut)(x, run), run) : x));
}

Campplus::DenseLayer::DenseLayer(const Scope& scope, std::int64_t dilation)
    : norm1(scope / "nonlinear1" / "batchnorm"),
      linear1(scope / "linear1", {}),
      norm2(scope / "nonlinear2" / "batchnorm"),
      local(scope / "cam_layer" / "linear_local", {.padding = dilation, .dilation = dilation}),
      context1(scope / "cam_layer" / "linear1", {}),
      context2(scope / "cam_layer" / "linear2", {}) {}

at::Tensor Campplus::DenseLayer::operator()(const at::Tensor& x, const Run& run) const {
  const auto y = at::relu(norm2(linear1(at::relu(norm1(x, run)), run), run));
  const auto context = y.mean(-1, /*keepdim=*/true) + segment_means(y);
  return local(y, run) * at::sigmoid(context2(at::relu(context1(context, run)), run));
}

Campplus::DenseBlock::DenseBlock(const Scope& xvector, int number, std::int64_t dilation)
    : transit_norm(xvector / ("transit" + std::to_string(number)) / "nonlinear" / "batchnorm"),
      transit(xvector / ("transit" + std::to_string(number)) / "linear", {}) {
  for (const auto& layer : speaker_dense_layers(xvector, number)) layers.emplace_back(layer, dilation);
}

at::Tensor Campplus::DenseBlock::operator()(at::Tensor x, const Run& run) const {
  for (const auto& layer : layers) x = at::cat({x, layer(x, run)}, 1);
  return transit(at::relu(transit_norm(x, run)), run);
}

Campplus::Campplus(const Scope& scope)
    : fbank_(upstream::kMelBands, scope.device()),
      activations_(scope.activations()),
      head_conv1_(scope / "head" / "conv1", 1, 1),
      head_norm1_(scope / "head" / "bn1"),
      head_blocks_(speaker_head_blocks<ResidualBlock>(scope)),
      head_conv2_(scope / "head" / "conv2", 2, 1),
      head_norm2_(scope / "head" / "bn2"),
      tdnn_(scope / "xvector" / "tdnn" / "linear", {.stride = 2, .padding = 2}),
      tdnn_norm_(scope / "xvector" / "tdnn" / "nonlinear" / "batchnorm"),
      blocks_(speaker_dense_blocks<DenseBlock>(scope)),
      out_norm_(scope / "xvector" / "out_nonlinear" / "batchnorm"),
      dense_(scope / "xvector" / "dense" / "linear", {}),
      dense_norm_(scope / "xvector" / "dense" / "nonlinear" / "batchnorm") {
  if (scope.graphs() && RowSpeaker::takes(scope) && !scope.rounds_inputs())
    rows_ = std::make_unique<const RowSpeaker>(scope);
}

at::Tensor Campplus::features(const at::Tensor& wave) const {
  const auto features = fbank_(wave);
  return features - features.mean(0, /*keepdim=*/true);
}

at::Tensor Campplus::operator()(const at::Tensor& wave, const Run& run) const {
  auto x = features(wave).t().unsqueeze(0).unsqueeze(0).to(activations_);  // [1, 1, mels, frames]
  x = at::relu(head_norm1_(head_conv1_(x, run), run));
  for (const auto& block : head_blocks_) x = block(x, run);
  x = at::relu(head_norm2_(head_conv2_(x, run), run)).flatten(1, 2);

  x = at::relu(tdnn_norm_(tdnn_(x, run), run));
  for (const auto& block : blocks_) x = block(x, run);
  x = at::relu(out_norm_(x, run)).to(at::kFloat);

  const auto statistics = at::cat({x.mean(-1), at::std(x, at::IntArrayRef{-1}, /*unbiased=*/true)}, -1);
  return dense_norm_(dense_(statistics.unsqueeze(-1), run).squeeze(-1), run);
}

}  // namespace octet::s3gen
