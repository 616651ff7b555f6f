#include "core/ops/layer_ops.h"

#include <ATen/ATen.h>

#include "core/kernels/dequantize.h"
#include "core/kernels/processor.h"
#include "core/ops/conversions.h"
#include "core/ops/dynamic_ops.h"

namespace octet {
namespace {

/// Converts weight and bias to one type with the input and returns the input's.
template <typename Product>
class InCommonType final : public LayerOp {
 public:
  InCommonType(Weight weight, Bias bias, Product product)
      : weight_(std::move(weight)), bias_(std::move(bias)), product_(std::move(product)) {}

  at::Tensor operator()(const at::Tensor& x, const Run& run) const override {
    const auto common = common_type(weight_, x.scalar_type()), type = product_type(common, x.device());
    return product_(x.to(type), values(common, type, run), bias_ ? Bias(bias_->to(type)) : Bias())
        .to(x.scalar_type());
  }
  const Int8Weight* dequantizes() const override { return std::get_if<Int8Weight>(&weight_); }

 private:
  /// Rounded to `common` whatever they are multiplied in.
  at::Tensor values(at::ScalarType common, at::ScalarType type, const Run& run) const {
    const auto convert = [&] { return values_in(weight_, common).to(type); };
    if (!run.conversions || is_held_in(weight_, type)) return convert();
    return run.conversions->get(static_cast<const LayerOp*>(this), type, convert);
  }

  Weight weight_;
  Bias bias_;
  Product product_;
};

template <typename Product>
Op in_common_type(const Weight& weight, const Bias& bias, const Product& product) {
  return std::make_shared<const InCommonType<Product>>(weight, bias, product);
}

class Rows final : public LayerOp {
 public:
  Rows(Weight table, at::ScalarType result) : table_(std::move(table)), result_(result) {}

  at::Tensor operator()(const at::Tensor& ids, const Run& run) const override {
    return std::visit(
        ForEachKind{[&](const DenseWeight& dense) { return at::embedding(dense.values, ids).to(result_); },
                    [&](const Int8Weight& int8) {
                      const auto rows = at::embedding(int8.values, ids).to(at::kFloat);
                      return rows.mul_(at::embedding(int8.scale, ids)).to(result_);
                    },
                    [&](const GroupedInt8Weight& grouped) {
                      const auto row = [ids = ids.flatten()](const at::Tensor& t) {
                        return t.defined() ? t.index_select(0, ids) : t;
                      };
                      auto shape = ids.sizes().vec();
                      shape.push_back(grouped.values.size(1));
                      return dequantize({row(grouped.values), row(grouped.scale), row(grouped.zero_point),
                                         grouped.channel_axis, grouped.group},
                                        result_)
                          .view(shape);
                    },
                    [&](const DynamicInt8Weight& dynamic) {
                      return Rows(dynamic.integers, result_)(ids, run);  // nothing is multiplied
                    }},
        table_);
  }

 private:
  Weight table_;
  at::ScalarType result_;
};

/// As dequantize_rows_cuda takes it.
bool is_rows(const Int8Weight& weight) {
  return weight.values.is_cuda() && weight.values.dim() == 2 && weight.values.size(1) % 8 == 0 &&
         weight.scale.numel() == weight.values.size(0);
}

}  // namespace

void dequantize_ahead(const std::vector<Op>& ops, at::ScalarType type, Conversions& conversions) {
  if (c10::elementSize(type) != 2) return;
  std::vector<const Int8Weight*> quantized;
  std::vector<at::Tensor> made;
  for (const auto& op : ops) {
    const auto* int8 = op->dequantizes();
    if (!int8 || !is_rows(*int8)) continue;
    auto values = at::empty(int8->values.sizes(), int8->values.options().dtype(type));
    if (!conversions.keep(op.get(), values)) continue;
    quantized.push_back(int8);
    made.push_back(std::move(values));
  }
  dequantize_rows_cuda(quantized, made);
}

Op prepare_linear(const Weight& weight, const Bias& bias) {
  if (const auto* dynamic = std::get_if<DynamicInt8Weight>(&weight))
    return prepare_dynamic_linear(*dynamic, bias);
  return in_common_type(weight, bias, [](const at::Tensor& x, const at::Tensor& w, const Bias& b) {
    return at::linear(x, w, b);
  });
}

Op prepare_conv1d(const Weight& weight, const Bias& bias, const ConvShape& shape) {
  if (const auto* dynamic = std::get_if<DynamicInt8Weight>(&weight))
    return prepare_dynamic_conv1d(*dynamic, bias, shape);
  return in_common_type(weight, bias, [shape](const at::Tensor& x, const at::Tensor& w, const Bias& b) {
    return at::conv1d(x, w, b, shape.stride, shape.padding, shape.dilation, shape.groups);
  });
}

Op prepare_conv_transpose1d(const Weight& weight, const Bias& bias, const ConvShape& shape) {
  return in_common_type(weight, bias, [shape](const at::Tensor& x, const at::Tensor& w, const Bias& b) {
    return at::conv_transpose1d(x, w, b, shape.stride, shape.padding, 0, shape.groups, shape.dilation);
  });
}

Op prepare_conv2d(const Weight& weight, std::int64_t row_stride, std::int64_t padding) {
  return in_common_type(weight, {}, [=](const at::Tensor& x, const at::Tensor& w, const Bias& b) {
    return at::conv2d(x, w, b, at::IntArrayRef{row_stride, 1}, at::IntArrayRef{padding, padding});
  });
}

Op prepare_embedding(const Weight& table, at::ScalarType result) {
  return std::make_shared<const Rows>(table, result);
}

}  // namespace octet
