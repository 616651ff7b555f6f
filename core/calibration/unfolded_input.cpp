#include "core/calibration/unfolded_input.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace octet {
namespace {

constexpr std::int64_t kMostValues = 16'777'216;

// What each output position sees, as a view [batch, positions, …, channels, taps …].

at::Tensor windows_of_conv1d(const at::Tensor& x, std::int64_t taps, const ConvShape& shape) {
  const auto padded = at::constant_pad_nd(x, {shape.padding, shape.padding}).contiguous();
  const auto channels = padded.size(1), length = padded.size(2);
  const auto positions = (length - shape.dilation * (taps - 1) - 1) / shape.stride + 1;
  return padded.as_strided({padded.size(0), positions, channels, taps},
                           {channels * length, shape.stride, length, shape.dilation});
}

at::Tensor windows_of_conv2d(const at::Tensor& x, const Shape& weight, const ConvShape& shape) {
  const auto p = shape.padding;
  const auto padded = at::constant_pad_nd(x, {p, p, p, p}).contiguous();
  const auto channels = padded.size(1), height = padded.size(2), width = padded.size(3);
  return padded.as_strided({padded.size(0), (height - weight[2]) / shape.stride + 1, width - weight[3] + 1,
                            channels, weight[2], weight[3]},
                           {channels * height * width, shape.stride * width, 1, height * width, width, 1});
}

/// The outputs of one stride see as many inputs as taps fit: the one that is theirs first, then those before.
at::Tensor windows_of_conv_transpose1d(const at::Tensor& x, std::int64_t kernel, const ConvShape& shape) {
  const auto taps = (kernel + shape.stride - 1) / shape.stride;
  return windows_of_conv1d(x, taps, {.padding = taps - 1}).flip(3);
}

at::Tensor windows_of(const Layer& layer, const at::Tensor& x, const ConvShape& shape) {
  const auto& weight = layer.weight().shape;
  switch (layer.type) {
    case LayerType::conv1d: return windows_of_conv1d(x, weight[2], shape);
    case LayerType::conv2d: return windows_of_conv2d(x, weight, shape);
    case LayerType::conv_transpose1d: return windows_of_conv_transpose1d(x, weight[2], shape);
    default: return x.reshape({1, -1, x.size(-1)});
  }
}

}  // namespace

void unfold_input(const Layer& layer, const at::Tensor& input, const ConvShape& shape,
                  const std::function<void(const at::Tensor& rows)>& take) {
  const auto windows = windows_of(layer, input.to(at::kFloat), shape);
  const auto positions = windows.size(1);
  const auto groups = shape.groups;
  const auto inputs = layer.type == LayerType::conv_transpose1d
                          ? windows.size(2) * windows.size(3)
                          : element_count(layer.weight().shape) / layer.weight().shape[0];
  const auto at_once = std::max(std::int64_t{1}, kMostValues * positions / windows.numel());
  for (std::int64_t begin = 0; begin < positions; begin += at_once)
    take(windows.slice(1, begin, std::min(begin + at_once, positions))
             .reshape({-1, groups, inputs})
             .transpose(0, 1));
}

}  // namespace octet
