#include "core/s3gen/row_tokenizer.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/kernels/dequantize.h"

namespace octet::s3gen {
namespace {

at::Tensor bias_of(const Scope& scope) { return row_part(scope).bias.value().to(at::kFloat); }

at::Tensor values(const Weight& weight) { return values_in(weight, at::kFloat); }

/// [rows, channels] as the operations over batches of rows have it, and back.
at::Tensor product(const RowProduct& of, const at::Tensor& x, const RowFinish& finish = {}) {
  return of(x.unsqueeze(0), finish)[0];
}

}  // namespace

RowTokenizer::Block::Block(const Scope& scope)
    : attention_norm(row_norm(scope / "attn_ln")),
      query({row_part(scope / "attn" / "query")}),
      key({row_part(scope / "attn" / "key")}),
      value({row_part(scope / "attn" / "value")}),
      memory(made_of_weight(scope / "attn" / "fsmn_block",
                            [](const at::Tensor& filters) { return filters.squeeze(1).t().contiguous(); })),
      out(row_part(scope / "attn" / "out").weight),
      out_bias(bias_of(scope / "attn" / "out")),
      mlp_in({row_part(scope / "mlp" / 0)}, row_norm(scope / "mlp_ln")),
      mlp_out({row_part(scope / "mlp" / 2)}) {}

at::Tensor RowTokenizer::Block::operator()(const at::Tensor& x, const RotaryTables& rotary) const {
  const auto normed = at::layer_norm(x, attention_norm.weight.sizes(), attention_norm.weight.to(at::kFloat),
                                     attention_norm.bias.to(at::kFloat), attention_norm.eps);
  const auto heads = [&](const at::Tensor& t) {
    return t.view({t.size(0), -1, rotary.cosines.size(1)}).transpose(0, 1);
  };
  const auto q = rotated(product(query, normed), rotary.cosines, rotary.sines);
  const auto k = rotated(product(key, normed), rotary.cosines, rotary.sines);
  const auto v = product(value, normed);

  const auto scores = at::softmax(at::bmm(heads(q), heads(k).transpose(1, 2)), -1);
  const auto attended = at::bmm(scores, heads(v)).transpose(0, 1).reshape(x.sizes());
  const auto y = remembered(v, memory, (memory.size(0) - 1) / 2, x, out_bias);
  y.addmm_(attended, values(out).t());
  const auto inner = product(mlp_in, y, {.activation = RowFinish::Activation::gelu});
  return product(mlp_out, inner, {.residual = y});
}

RowTokenizer::Convolution::Convolution(const Scope& scope)
    : weight(flattened(row_part(scope).weight)), bias(bias_of(scope)) {}

at::Tensor RowTokenizer::Convolution::operator()(const at::Tensor& x) const {
  return at::gelu(at::linear(row_windows(x, {.taps = 3, .stride = 2, .lead = 1}), values(weight), bias));
}

RowTokenizer::RowTokenizer(const Scope& scope, const RotaryTables& rotary)
    : conv1_(scope / "encoder" / "conv1"),
      conv2_(scope / "encoder" / "conv2"),
      project_down_({row_part(scope / "quantizer" / "_codebook" / "project_down")}),
      powers_(at::pow(3.0, at::arange(8, at::kFloat)).to(scope.device())) {
  const double scale = std::pow(static_cast<double>(rotary.cosines.size(1)), -0.25);
  rotary_ = {rotary.cosines * scale, rotary.sines * scale};
  const auto blocks = scope / "encoder" / "blocks";
  for (int i = 0; (blocks / i / "attn_ln").is_layer(); ++i) blocks_.emplace_back(blocks / i);
}

at::Tensor RowTokenizer::operator()(const at::Tensor& mel) const {
  auto x = conv2_(conv1_(mel.t().contiguous()));
  const RotaryTables rotary{rotary_.cosines.slice(0, 0, x.size(0)), rotary_.sines.slice(0, 0, x.size(0))};
  for (const auto& block : blocks_) x = block(x, rotary);
  const auto digits = at::round(at::tanh(product(project_down_, x)) * 0.9990000128746033) + 1;
  return at::nan_to_num(at::sum(digits * powers_, -1), -1, -1, -1).to(at::kLong);
}

}  // namespace octet::s3gen
