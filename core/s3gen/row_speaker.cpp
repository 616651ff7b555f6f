#include "core/s3gen/row_speaker.h"

#include <ATen/ATen.h>

#include "core/s3gen/campplus.h"
#include "core/s3gen/speaker_blocks.h"

namespace octet::s3gen {
namespace {

at::Tensor as_it_is(const at::Tensor& matrix) { return matrix; }

at::Tensor with_relu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return at::_addmm_activation(bias, x, weight.t());
}

}  // namespace

RowSpeaker::Product RowSpeaker::product(const Scope& convolution, const std::optional<Scope>& norm) {
  return product(convolution, norm, as_it_is);
}

RowSpeaker::Product RowSpeaker::product(const Scope& convolution, const std::optional<Scope>& norm,
                                        Layout layout) {
  const auto bias = row_part(convolution).bias;
  if (!norm)
    return {
        made_of_weight(convolution, [layout](const at::Tensor& values) { return layout(values.flatten(1)); }),
        bias.value().to(at::kFloat)};
  const auto by_channel = channel_scale(*norm);
  const auto& scale = by_channel.scale;
  const auto weight = made_of_weight(convolution, [layout, scale](const at::Tensor& values) {
    return layout(values.flatten(1) * scale.unsqueeze(1));
  });
  return {weight, bias ? by_channel.shift + bias->to(at::kFloat) * scale : by_channel.shift};
}

PlaneConvolution RowSpeaker::plane_convolution(const Scope& convolution, const Scope& norm,
                                               std::int64_t plane_stride) {
  const auto [weight, bias] = product(convolution, norm, [](const at::Tensor& matrix) {
    return matrix.view({matrix.size(0), -1, 3, 3}).permute({2, 3, 1, 0}).contiguous();
  });
  return {weight, bias, plane_stride};
}

RowSpeaker::ResidualBlock::ResidualBlock(const Scope& scope, std::int64_t stride)
    : plane_stride(stride),
      conv1(plane_convolution(scope / "conv1", scope / "bn1", stride)),
      conv2(plane_convolution(scope / "conv2", scope / "bn2", 1)) {
  if (const auto place = scope / "shortcut"; (place / 0).is_layer()) shortcut = product(place / 0, place / 1);
}

at::Tensor RowSpeaker::ResidualBlock::operator()(const at::Tensor& x) const {
  const auto inner = conv1(x);
  if (!shortcut) return conv2(inner, x);
  const auto past = x.slice(0, 0, std::nullopt, plane_stride).reshape({-1, x.size(2)});
  return conv2(inner, at::addmm(shortcut->bias, past, shortcut->weight.t()).view(inner.sizes()));
}

RowSpeaker::DenseLayer::DenseLayer(const Scope& scope, std::int64_t dilation)
    : norm(channel_scale(scope / "nonlinear1" / "batchnorm")),
      bottleneck(product(scope / "linear1", scope / "nonlinear2" / "batchnorm")) {
  const auto inner = product(scope / "cam_layer" / "linear1", {}),
             outer = product(scope / "cam_layer" / "linear2", {});
  gates = {Campplus::kSegment, inner.weight, inner.bias, outer.weight, outer.bias};
  const auto taps = made_of_weight(scope / "cam_layer" / "linear_local", [](const at::Tensor& values) {
    return values.permute({2, 1, 0}).reshape({-1, values.size(0)}).contiguous();
  });
  local = {taps, dilation, gates.segment};
}

void RowSpeaker::DenseLayer::operator()(const at::Tensor& columns) const {
  const auto from = norm.scale.size(0);
  const auto y = with_relu(scaled_relu(columns.slice(1, 0, from), norm.scale, norm.shift), bottleneck.weight,
                           bottleneck.bias);
  local(y, gates(y), columns.slice(1, from, from + local.weight.size(1)));
}

RowSpeaker::DenseBlock::DenseBlock(const Scope& xvector, int number, std::int64_t dilation)
    : norm(channel_scale(xvector / ("transit" + std::to_string(number)) / "nonlinear" / "batchnorm")),
      transit(made_of_weight(xvector / ("transit" + std::to_string(number)) / "linear",
                             [](const at::Tensor& values) { return values.flatten(1); })) {
  for (const auto& layer : speaker_dense_layers(xvector, number)) layers.emplace_back(layer, dilation);
}

at::Tensor RowSpeaker::DenseBlock::operator()(const at::Tensor& x) const {
  const auto columns = at::empty({x.size(0), norm.scale.size(0)}, x.options());
  columns.slice(1, 0, x.size(1)).copy_(x);
  for (const auto& layer : layers) layer(columns);
  return at::mm(scaled_relu(columns, norm.scale, norm.shift), transit.t());
}

RowSpeaker::RowSpeaker(const Scope& scope)
    : head_conv1_(plane_convolution(scope / "head" / "conv1", scope / "head" / "bn1", 1)),
      head_blocks_(speaker_head_blocks<ResidualBlock>(scope)),
      head_conv2_(plane_convolution(scope / "head" / "conv2", scope / "head" / "bn2", 2)),
      tdnn_(product(scope / "xvector" / "tdnn" / "linear",
                    scope / "xvector" / "tdnn" / "nonlinear" / "batchnorm")),
      blocks_(speaker_dense_blocks<DenseBlock>(scope)),
      out_norm_(channel_scale(scope / "xvector" / "out_nonlinear" / "batchnorm")),
      dense_(product(scope / "xvector" / "dense" / "linear",
                     scope / "xvector" / "dense" / "nonlinear" / "batchnorm")) {}

bool RowSpeaker::takes(const Scope& scope) {
  for (std::size_t number = 1; number <= upstream::kDenseDilations.size(); ++number)
    for (const auto& layer : speaker_dense_layers(scope / "xvector", static_cast<int>(number)))
      if (out_channels(layer / "linear1") > kMostGatedChannels) return false;
  return true;
}

at::Tensor RowSpeaker::operator()(const at::Tensor& features) const {
  const auto frames = features.size(0);
  auto x = head_conv1_(features.t().contiguous().unsqueeze(2));  // [mels, frames, channels]
  for (const auto& block : head_blocks_) x = block(x);
  x = head_conv2_(x).permute({1, 2, 0}).reshape({frames, -1});

  x = with_relu(row_windows(x, {.taps = 5, .stride = 2, .lead = 2}), tdnn_.weight, tdnn_.bias);
  for (const auto& block : blocks_) x = block(x);
  x = scaled_relu(x, out_norm_.scale, out_norm_.shift);

  const auto statistics = at::cat({x.mean(0), at::std(x, at::IntArrayRef{0}, /*unbiased=*/true)});
  return at::addmm(dense_.bias, statistics.unsqueeze(0), dense_.weight.t());
}

}  // namespace octet::s3gen
