#include "core/ops/wave_ops.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/error.h"
#include "core/kernels/dequantize.h"

namespace octet {
namespace {

constexpr std::int64_t kAtOnce = 8;  // channels, and outputs, that the kernels take
constexpr int kLargestExponent = 8;  // of scaled weights

std::int64_t padding_of(std::int64_t extent) { return (kAtOnce - extent % kAtOnce) % kAtOnce; }

/// fp32 values, without the scales of outputs.
at::Tensor values_of(const Weight& weight) {
  return std::visit(
      ForEachKind{[](const DenseWeight& dense) { return dense.values.to(at::kFloat); },
                  [](const Int8Weight& int8) { return int8.values.to(at::kFloat); },
                  [](const GroupedInt8Weight& grouped) { return dequantize(grouped, at::kFloat); },
                  [](const DynamicInt8Weight& dynamic) { return dynamic.integers.values.to(at::kFloat); }},
      weight);
}

/// Scales of an int8 weight's outputs; undefined where values have theirs.
at::Tensor scales_of(const Weight& weight) {
  return std::visit(
      ForEachKind{[](const DenseWeight&) { return at::Tensor(); },
                  [](const Int8Weight& int8) { return int8.scale.reshape({-1}).to(at::kFloat); },
                  [](const GroupedInt8Weight&) { return at::Tensor(); },
                  [](const DynamicInt8Weight& dynamic) {
                    return dynamic.integers.scale.reshape({-1}).to(at::kFloat);
                  }},
      weight);
}

std::shared_ptr<WeightSlot> slot_of(const Weight& weight) {
  const auto* dense = std::get_if<DenseWeight>(&weight);
  return dense ? dense->slot : nullptr;
}

}  // namespace

WaveConvolution::WaveConvolution(const at::Tensor& matrix, const at::Tensor& scale, const Bias& bias) {
  const auto outputs = matrix.size(0), padded = padding_of(outputs);
  auto values = at::constant_pad_nd(matrix, {0, 0, 0, padded});
  if (scale.defined()) {
    scale_ = at::constant_pad_nd(scale, {0, padded}).contiguous();
  } else {
    const auto largest = values.abs().amax(1, /*keepdim=*/true);
    const auto exponent = at::where(largest > 0, at::floor(at::log2(largest)), at::zeros_like(largest));
    values = at::ldexp(values, kLargestExponent - exponent);
    scale_ = at::exp2(exponent - kLargestExponent).reshape({-1}).contiguous();
  }
  weight_ = values.to(at::kHalf).contiguous();
  const auto rest = (values - weight_.to(at::kFloat)).to(at::kHalf).contiguous();
  if (rest.ne(0).any().item<bool>()) weight_low_ = rest;
  const auto no_bias = at::zeros({outputs}, values.options());
  bias_ = at::constant_pad_nd(bias ? bias->to(at::kFloat) : no_bias, {0, padded}).contiguous();
}

WaveConvolution WaveConvolution::plain(const Weight& weight, const Bias& bias, const ConvShape& shape) {
  const auto values = values_of(weight);  // [width, channels, taps]
  const auto by_taps = at::constant_pad_nd(values.permute({0, 2, 1}), {0, padding_of(values.size(1))});
  WaveConvolution made(by_taps.reshape({values.size(0), -1}), scales_of(weight), bias);
  made.dilation_ = shape.dilation;
  made.lead_ = shape.stride == 1 ? shape.padding : 0;
  made.follow(slot_of(weight), [=](const Weight& other) { return plain(other, bias, shape); });
  return made;
}

WaveConvolution WaveConvolution::transposed(const Weight& weight, const Bias& bias, const ConvShape& shape) {
  const auto values = values_of(weight);  // [channels, width, taps]
  const auto channels = values.size(0), width = values.size(1), taps = values.size(2);
  // Result `phase` of a row: taps phase + padding - stride * d see the row d further.
  const auto matrix = at::zeros({shape.stride, width, 3, channels}, values.options());
  std::int64_t placed = 0;
  for (std::int64_t phase = 0; phase < shape.stride; ++phase)
    for (std::int64_t d = -1; d <= 1; ++d)
      if (const auto tap = phase + shape.padding - shape.stride * d; tap >= 0 && tap < taps) {
        matrix.select(0, phase).select(1, d + 1).copy_(values.select(2, tap).t());
        ++placed;
      }
  if (placed != taps)
    throw Error(ErrorKind::input,
                fmt::format("a transposed convolution of {} taps and stride {} is not a vocoder's", taps,
                            shape.stride));
  const auto repeated = [&](const at::Tensor& t) { return t.defined() ? t.repeat({shape.stride}) : t; };
  WaveConvolution made(matrix.reshape({shape.stride * width, 3 * channels}), repeated(scales_of(weight)),
                       bias ? Bias(repeated(*bias)) : Bias());
  made.lead_ = 1;
  made.follow(slot_of(weight), [=](const Weight& other) { return transposed(other, bias, shape); });
  return made;
}

void WaveConvolution::follow(const std::shared_ptr<WeightSlot>& slot,
                             const std::function<WaveConvolution(const Weight&)>& make) {
  if (!slot) return;
  // Other weights may need the second term.
  if (!weight_low_.defined()) weight_low_ = at::zeros_like(weight_);
  slot->add([make, weight = weight_, low = weight_low_, scale = scale_](const Weight& other) {
    const auto made = make(other);
    weight.copy_(made.weight_);
    if (made.weight_low_.defined())
      low.copy_(made.weight_low_);
    else
      low.zero_();
    scale.copy_(made.scale_);
  });
}

WaveConvolutionRequest WaveConvolution::request(const TwoTerms& x, const WaveFinish& finish) const {
  WaveConvolutionRequest request;
  request.x = x;
  request.weight = weight_;
  request.weight_low = weight_low_;
  request.scale = scale_;
  request.bias = bias_;
  request.dilation = dilation_;
  request.lead = lead_;
  request.residual = finish.residual;
  request.activation = finish.activation;
  request.alpha = finish.alpha;
  request.slope = finish.slope;
  return request;
}

at::Tensor WaveConvolution::sum(const TwoTerms& x, const WaveFinish& finish) const {
  auto asked = request(x, finish);
  asked.sum = at::empty({x.high.size(0), width()}, scale_.options());
  wave_convolution_cuda(asked);
  return asked.sum;
}

TwoTerms WaveConvolution::activated(const TwoTerms& x, const WaveFinish& finish) const {
  auto asked = request(x, finish);
  asked.result = empty_terms(x.high.size(0), width(), scale_.device());
  wave_convolution_cuda(asked);
  return asked.result;
}

std::pair<at::Tensor, TwoTerms> WaveConvolution::both(const TwoTerms& x, const WaveFinish& finish) const {
  auto asked = request(x, finish);
  asked.sum = at::empty({x.high.size(0), width()}, scale_.options());
  asked.result = empty_terms(x.high.size(0), width(), scale_.device());
  wave_convolution_cuda(asked);
  return {asked.sum, asked.result};
}

TwoTerms empty_terms(std::int64_t rows, std::int64_t channels, at::Device device) {
  const auto options = at::TensorOptions().dtype(at::kHalf).device(device);
  return {at::empty({rows, channels}, options), at::empty({rows, channels}, options)};
}

TwoTerms terms_of(const at::Tensor& x) {
  const auto high = x.to(at::kHalf);
  return {high, (x - high.to(at::kFloat)).to(at::kHalf)};
}

}  // namespace octet
