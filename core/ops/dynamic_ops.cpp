#include "core/ops/dynamic_ops.h"

#include <ATen/ATen.h>

#include <vector>

#include "core/ops/rounded_product.h"

namespace octet {
namespace {

class DynamicLinear final : public LayerOp {
 public:
  DynamicLinear(const DynamicInt8Weight& weight, const Bias& bias) : product_(weight, bias) {}

  at::Tensor operator()(const at::Tensor& x, const Run&) const override {
    auto shape = x.sizes().vec();
    const auto results = product_(x.reshape({-1, shape.back()}), x.scalar_type());
    shape.back() = product_.width();
    return results.view(shape);
  }

 private:
  RoundedProduct product_;
};

/// Each frame beside those that a kernel sees with it, tap after tap. [batch, frames, channels] -> [batch *
/// results, taps * channels]
at::Tensor columns_of(const at::Tensor& frames, std::int64_t taps, const ConvShape& shape) {
  const auto batch = frames.size(0), length = frames.size(1), channels = frames.size(2);
  const auto results = (length - shape.dilation * (taps - 1) - 1) / shape.stride + 1;
  return frames
      .as_strided({batch, results, taps, channels},
                  {length * channels, shape.stride * channels, shape.dilation * channels, 1})
      .reshape({batch * results, taps * channels})
      .contiguous();  // rows of a view may overlap, and products of integers read them wrongly
}

class DynamicConv1d final : public LayerOp {
 public:
  DynamicConv1d(const DynamicInt8Weight& weight, const Bias& bias, const ConvShape& shape)
      : taps_(weight.integers.values.size(2)), scales_(weight.rounding.scales), shape_(shape) {
    const auto& [values, scale] = weight.integers;
    const auto width = values.size(0) / shape.groups;
    const auto outliers = weight.outliers.defined() ? weight.outliers.repeat({taps_}) : at::Tensor();
    for (std::int64_t i = 0; i < shape.groups; ++i) {
      const auto part = [&](const at::Tensor& all) { return all.narrow(0, i * width, width); };
      const Int8Weight matrix{part(values).permute({0, 2, 1}).flatten(1), part(scale)};
      products_.emplace_back(DynamicInt8Weight{matrix, weight.rounding, outliers},
                             bias ? Bias(part(*bias)) : Bias());
    }
  }

  at::Tensor operator()(const at::Tensor& x, const Run&) const override {
    const auto batch = x.size(0), channels = x.size(1) / shape_.groups;
    const auto frames = at::constant_pad_nd(x.transpose(1, 2), {0, 0, shape_.padding, shape_.padding});
    std::vector<at::Tensor> results;
    results.reserve(products_.size());
    for (std::int64_t i = 0; i < shape_.groups; ++i)
      results.push_back(result_of(products_[static_cast<std::size_t>(i)],
                                  frames.narrow(2, i * channels, channels).contiguous())
                            .view({batch, -1, products_.front().width()}));
    const auto all = results.size() == 1 ? results.front() : at::cat(results, 2);
    return all.transpose(1, 2).contiguous();
  }

 private:
  at::Tensor result_of(const RoundedProduct& product, const at::Tensor& frames) const {
    if (scales_ == ActivationScales::per_token)
      return product(columns_of(frames, taps_, shape_), frames.scalar_type());
    // All have one scale, so that each frame is rounded once.
    auto rows = quantize_rows(frames.flatten(0, 1), scales_);
    rows.values = columns_of(rows.values.view(frames.sizes()), taps_, shape_);
    return product(rows, frames.scalar_type());
  }

  std::vector<RoundedProduct> products_;  ///< of the convolution's groups
  std::int64_t taps_;
  ActivationScales scales_;
  ConvShape shape_;
};

}  // namespace

Op prepare_dynamic_linear(const DynamicInt8Weight& weight, const Bias& bias) {
  return std::make_shared<const DynamicLinear>(weight, bias);
}

Op prepare_dynamic_conv1d(const DynamicInt8Weight& weight, const Bias& bias, const ConvShape& shape) {
  return std::make_shared<const DynamicConv1d>(weight, bias, shape);
}

}  // namespace octet
