#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <functional>
#include <string>
#include <vector>

#include "core/ops/conv_shape.h"
#include "core/quant/input_statistics.h"
#include "core/tensor/layer.h"

namespace octet::test {

/// A small layer of each kind, as F.linear and F.conv… compute it.
struct WeighedLayer {
  const char* name;
  LayerType type;
  std::vector<std::int64_t> input;
  std::vector<std::int64_t> weight;
  ConvShape shape;
  std::function<at::Tensor(const at::Tensor& x, const at::Tensor& w, const ConvShape& s)> compute;

  int channel_axis() const { return type == LayerType::conv_transpose1d ? 1 : 0; }
  Layer layer() const {
    Layer made;
    made.name = "flow.layer";
    made.type = type;
    made.component = "flow";
    made.tensors = {{"flow.layer.weight", weight, Dtype::f32}};
    return made;
  }
};

inline const std::vector<WeighedLayer>& weighed_layers() {
  using enum LayerType;
  const auto conv1d_of = [](const at::Tensor& x, const at::Tensor& w, const ConvShape& s) {
    return at::conv1d(x, w, {}, s.stride, s.padding, s.dilation, s.groups);
  };
  const auto transposed = [](const at::Tensor& x, const at::Tensor& w, const ConvShape& s) {
    return at::conv_transpose1d(x, w, {}, s.stride, s.padding);
  };
  static const std::vector<WeighedLayer> all{
      {"Linear",
       linear,
       {2, 60, 24},
       {16, 24},
       {},
       [](const auto& x, const auto& w, const auto&) { return at::linear(x, w); }},
      {"strided, dilated Conv1d",
       conv1d,
       {2, 6, 90},
       {8, 6, 5},
       {.stride = 2, .padding = 4, .dilation = 3},
       conv1d_of},
      {"grouped Conv1d", conv1d, {1, 12, 80}, {8, 3, 5}, {.padding = 2, .groups = 4}, conv1d_of},
      // Not padded: else the first and last outputs, which are cut off, see inputs, too.
      {"ConvTranspose1d, even taps", conv_transpose1d, {2, 8, 40}, {8, 6, 8}, {.stride = 4}, transposed},
      {"ConvTranspose1d, odd taps", conv_transpose1d, {1, 8, 60}, {8, 6, 7}, {.stride = 3}, transposed},
      {"Conv2d",
       conv2d,
       {2, 3, 11, 9},
       {8, 3, 3, 2},
       {.stride = 2, .padding = 1},
       [](const auto& x, const auto& w, const auto& s) {
         return at::conv2d(x, w, {}, at::IntArrayRef{s.stride, 1}, at::IntArrayRef{s.padding, s.padding});
       }},
  };
  return all;
}

/// Inputs that have to do with each other, as a model's have: what makes up for an error of one is in others.
inline at::Tensor correlated(at::IntArrayRef shape, int channel_axis, std::uint64_t seed) {
  const auto generator = at::detail::createCPUGenerator(seed);
  auto values = at::randn(shape, generator, at::kFloat);
  const auto channels = shape[static_cast<std::size_t>(channel_axis)];
  const auto mixing = at::randn({channels, channels}, generator, at::kFloat) *
                      at::logspace(0, -2, channels, 10, at::kFloat).unsqueeze(0);
  return at::matmul(values.transpose(channel_axis, -1), mixing.t()).transpose(channel_axis, -1).contiguous();
}

inline at::Tensor input_of(const WeighedLayer& layer, std::uint64_t seed) {
  return correlated(layer.input,
                    layer.type == LayerType::linear ? static_cast<int>(layer.input.size()) - 1 : 1, seed);
}

inline at::Tensor weight_of(const WeighedLayer& layer, std::uint64_t seed) {
  return at::randn(layer.weight, at::detail::createCPUGenerator(seed), at::kFloat);
}

}  // namespace octet::test
