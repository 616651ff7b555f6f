#include "core/ops/dynamic_ops.h"

#include <ATen/ATen.h>

#include <vector>

#include "core/kernels/dequantize.h"
#include "core/kernels/int8_rows.h"

namespace octet {
namespace {

/// A weight's rows as products take them, and what is made of their results.
class Int8Product {
 public:
  /// `integers`: int8 [width, inputs]. `scale`: fp32, a number a row.
  Int8Product(const at::Tensor& integers, const at::Tensor& scale, const Bias& bias)
      : integers_(integers.contiguous()),
        scale_(scale.reshape({-1}).contiguous()),
        sums_(at::sum(integers_, 1, /*keepdim=*/false, at::kInt)) {
    if (bias) bias_ = bias->to(at::kFloat).contiguous();
  }

  at::Tensor operator()(const Int8Rows& x) const {
    return scaled_products(multiply_int8(x.values, integers_), x, scale_, sums_, bias_);
  }
  /// x: fp32 [rows, inputs], numbers of type `base`.
  at::Tensor operator()(const at::Tensor& x, const InputRounding& rounding, at::ScalarType base) const {
    if (!rounding.outliers_from) return (*this)(quantize_rows(x, rounding.scales));
    const auto [inliers, outliers] = quantize_inliers(x, *rounding.outliers_from);
    auto results = (*this)(inliers);
    if (outliers.numel() == 0) return results;
    const Int8Weight columns{integers_.index_select(1, outliers), scale_.unsqueeze(1)};
    return results.addmm_(x.index_select(1, outliers), dequantize(columns, base).to(at::kFloat).t());
  }
  std::int64_t width() const { return integers_.size(0); }

 private:
  at::Tensor integers_;
  at::Tensor scale_;
  at::Tensor sums_;
  at::Tensor bias_;
};

class DynamicLinear final : public LayerOp {
 public:
  DynamicLinear(const DynamicInt8Weight& weight, const Bias& bias)
      : product_(weight.integers.values, weight.integers.scale, bias), rounding_(weight.rounding) {}

  at::Tensor operator()(const at::Tensor& x, const Run&) const override {
    auto shape = x.sizes().vec();
    const auto rows = x.reshape({-1, shape.back()}).to(at::kFloat);
    shape.back() = product_.width();
    return product_(rows, rounding_, x.scalar_type()).view(shape).to(x.scalar_type());
  }

 private:
  Int8Product product_;
  InputRounding rounding_;
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
      : taps_(weight.integers.values.size(2)), rounding_(weight.rounding), shape_(shape) {
    const auto& [values, scale] = weight.integers;
    const auto width = values.size(0) / shape.groups;
    for (std::int64_t i = 0; i < shape.groups; ++i) {
      const auto part = [&](const at::Tensor& all) { return all.narrow(0, i * width, width); };
      products_.emplace_back(part(values).permute({0, 2, 1}).flatten(1), part(scale),
                             bias ? Bias(part(*bias)) : Bias());
    }
  }

  at::Tensor operator()(const at::Tensor& x, const Run&) const override {
    const auto batch = x.size(0);
    const auto frames = x.to(at::kFloat).transpose(1, 2);
    std::vector<at::Tensor> results;
    results.reserve(products_.size());
    const auto channels = frames.size(2) / shape_.groups;
    for (std::int64_t i = 0; i < shape_.groups; ++i)
      results.push_back(result_of(products_[static_cast<std::size_t>(i)],
                                  frames.narrow(2, i * channels, channels), x.scalar_type())
                            .view({batch, -1, products_.front().width()}));
    const auto all = results.size() == 1 ? results.front() : at::cat(results, 2);
    return all.transpose(1, 2).contiguous().to(x.scalar_type());
  }

 private:
  at::Tensor result_of(const Int8Product& product, const at::Tensor& frames, at::ScalarType base) const {
    const auto padded = [&](const at::Tensor& t, const at::Scalar& with) {
      return at::constant_pad_nd(t, {0, 0, shape_.padding, shape_.padding}, with).contiguous();
    };
    if (rounding_.scales == ActivationScales::per_token)
      return product(columns_of(padded(frames, 0), taps_, shape_), rounding_, base);
    // All have one scale, so that each frame is rounded once; nought is the zero point.
    auto rows = quantize_rows(frames.reshape({-1, frames.size(2)}), rounding_.scales);
    rows.values =
        columns_of(padded(rows.values.view(frames.sizes()), rows.zero_point.item<int>()), taps_, shape_);
    return product(rows);
  }

  std::vector<Int8Product> products_;  ///< of the convolution's groups
  std::int64_t taps_;
  InputRounding rounding_;
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
