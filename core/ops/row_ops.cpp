#include "core/ops/row_ops.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "core/kernels/dequantize.h"
#include "core/kernels/row_kernels.h"
#include "core/ops/run.h"

namespace octet {
namespace {

constexpr std::int64_t kVector = 8;  // channels the kernels read at once
constexpr std::int64_t kMostNormalized = 1024;

/// [width, channels, taps] -> [width, taps * channels]; linear layers stay as they are.
at::Tensor matrix_of(const at::Tensor& values) {
  return values.dim() == 3 ? values.permute({0, 2, 1}).reshape({values.size(0), -1}) : values;
}

Int8Weight matrix_of(const Int8Weight& int8) { return {matrix_of(int8.values), int8.scale.view({-1, 1})}; }

Weight matrix_of(const Weight& weight) {
  return std::visit(
      ForEachKind{[](const DenseWeight& dense) {
                    const auto matrix = matrix_of(dense.values);
                    if (dense.slot)
                      dense.slot->add([matrix](const Weight& other) {
                        matrix.copy_(matrix_of(values_in(other, matrix.scalar_type())));
                      });
                    return Weight(DenseWeight{matrix});
                  },
                  [](const Int8Weight& int8) { return Weight(matrix_of(int8)); },
                  // Groups lie along what this turns around: they are taken apart first.
                  [](const GroupedInt8Weight& grouped) { return Weight(grouped); },
                  [](const DynamicInt8Weight& dynamic) {
                    const auto& [integers, rounding, outliers] = dynamic;
                    const auto taps = integers.values.dim() == 3 ? integers.values.size(2) : 1;
                    return Weight(DynamicInt8Weight{matrix_of(integers), rounding,
                                                    outliers.defined() ? outliers.repeat({taps}) : outliers});
                  }},
      weight);
}

std::int64_t extent(const Weight& weight, std::int64_t axis) {
  const auto shape = shape_of(weight);
  return axis < static_cast<std::int64_t>(shape.size()) ? shape[static_cast<std::size_t>(axis)] : 1;
}

/// Dense ones are read where they lie.
bool kernel_takes_weight(const Weight& weight, at::ScalarType type) {
  return std::visit(
      ForEachKind{[&](const DenseWeight& dense) {
                    return dense.values.scalar_type() == type && dense.values.is_contiguous();
                  },
                  [](const Int8Weight&) { return true; }, [](const GroupedInt8Weight&) { return false; },
                  [](const DynamicInt8Weight&) { return false; }},
      weight);
}

bool round_alike(const DynamicInt8Weight& a, const DynamicInt8Weight& b) {
  const bool fixed = a.outliers.defined();
  return a.rounding.scales == b.rounding.scales && a.rounding.outliers_from == b.rounding.outliers_from &&
         fixed == b.outliers.defined() && (!fixed || at::equal(a.outliers, b.outliers));
}

RowNorm in_fp32(const RowNorm& norm) {
  return {norm.weight.to(at::kFloat).contiguous(), norm.bias.to(at::kFloat).contiguous(), norm.eps};
}

/// Each row beside those before it, the oldest first. [batch, rows, channels] -> [batch, rows, taps *
/// channels]
at::Tensor with_past(const at::Tensor& x, std::int64_t taps) {
  if (taps == 1) return x;
  const auto batch = x.size(0), rows = x.size(1), channels = x.size(2);
  const auto padded = at::constant_pad_nd(x, {0, 0, taps - 1, 0});
  return padded.as_strided({batch, rows, taps * channels}, {(rows + taps - 1) * channels, channels, 1})
      .contiguous();
}

bool lies_in_rows(const at::Tensor& x) {
  return x.stride(2) == 1 && x.stride(1) % kVector == 0 &&
         (x.size(0) == 1 || x.stride(0) == x.stride(1) * x.size(1)) &&
         reinterpret_cast<std::uintptr_t>(x.const_data_ptr()) % 16 == 0;
}

/// activation(norm(x)) + shift + residual; all but x and the norm may be none.
at::Tensor normalized(const at::Tensor& x, const RowNorm& norm,
                      RowNormRequest::Activation activation = RowNormRequest::Activation::none,
                      const at::Tensor& shift = {}, const at::Tensor& residual = {}) {
  if (row_kernels_take(x) && x.size(2) % kVector == 0 && x.size(2) <= kMostNormalized && x.stride(2) == 1 &&
      x.stride(1) % kVector == 0) {
    const RowNormRequest request{x,        {norm.weight, norm.bias, norm.eps}, activation, shift,
                                 residual, at::empty(x.sizes(), x.options())};
    row_norm_cuda(request);
    return request.out;
  }
  auto y = at::layer_norm(x.to(at::kFloat), norm.weight.sizes(), norm.weight, norm.bias, norm.eps)
               .to(x.scalar_type());
  if (activation == RowNormRequest::Activation::mish) y = at::mish(y);
  if (shift.defined()) y = y + shift.to(y.scalar_type());
  return residual.defined() ? y + residual : y;
}

/// What scores get in rows that are none: -inf, else 0. [batch, heads, rows, rows] of q's type, its rows
/// aligned as PyTorch's memory-efficient attention asks.
at::Tensor score_bias(const at::Tensor& no_row, const at::Tensor& q) {
  constexpr std::int64_t kAligned = 16;
  const auto rows = no_row.size(1);
  const auto room =
      at::zeros({no_row.size(0), 1, 1, (rows + kAligned - 1) / kAligned * kAligned}, q.options())
          .slice(3, 0, rows);
  room.masked_fill_(no_row.unsqueeze(1).unsqueeze(1), -std::numeric_limits<double>::infinity());
  return room.expand({-1, q.size(1), rows, -1});
}

}  // namespace

RowProduct::RowProduct(const std::vector<Part>& parts, std::optional<RowNorm> norm) {
  for (const auto& [weight, bias] : parts) {
    columns_.push_back({matrix_of(weight), bias ? Bias(bias->to(at::kFloat).contiguous()) : Bias(),
                        extent(weight, 0), extent(weight, 2)});
    width_ += columns_.back().width;
  }
  channels_ = extent(parts.front().weight, 1);
  join_rounded();
  if (norm) norm_ = in_fp32(*norm);
}

/// Layers that round the same rows alike become one, so that these are rounded once.
void RowProduct::join_rounded() {
  std::vector<Columns> joined;
  for (const auto& columns : columns_) {
    const auto* weight = std::get_if<DynamicInt8Weight>(&columns.weight);
    auto* before = joined.empty() ? nullptr : std::get_if<DynamicInt8Weight>(&joined.back().weight);
    if (!weight || !before || columns.taps != joined.back().taps || !round_alike(*weight, *before) ||
        columns.bias.has_value() != joined.back().bias.has_value()) {
      joined.push_back(columns);
      continue;
    }
    auto& last = joined.back();
    before->integers = {at::cat({before->integers.values, weight->integers.values}),
                        at::cat({before->integers.scale, weight->integers.scale})};
    if (columns.bias) last.bias = at::cat({*last.bias, *columns.bias});
    last.width += columns.width;
  }
  columns_ = std::move(joined);
  for (auto& columns : columns_)
    if (const auto* weight = std::get_if<DynamicInt8Weight>(&columns.weight))
      columns.rounded.emplace(*weight, columns.bias);
}

bool RowProduct::takes_type(at::ScalarType type) const {
  return channels_ % kVector == 0 && columns_.size() <= kMostColumns &&
         std::ranges::all_of(columns_, [&](const Columns& columns) {
           return columns.width % kVector == 0 && kernel_takes_weight(columns.weight, type);
         });
}

bool RowProduct::kernel_takes(const at::Tensor& x, const RowFinish& finish) const {
  return row_kernels_take(x) && lies_in_rows(x) && takes_type(x.scalar_type()) &&
         (!finish.residual.defined() || lies_in_rows(finish.residual));
}

RowWeights RowProduct::weights(at::ScalarType type, RowMeanwhile& meanwhile) const {
  RowWeights result;
  if (!takes_type(type)) return result;
  if (norm_) meanwhile.soon.insert(meanwhile.soon.end(), {norm_->weight, norm_->bias});
  for (const auto& columns : columns_) {
    if (columns.bias) meanwhile.soon.push_back(*columns.bias);
    std::visit(ForEachKind{[&](const DenseWeight& dense) {
                             result.columns.push_back(dense.values);
                             meanwhile.soon.push_back(dense.values);
                           },
                           [&](const Int8Weight& int8) {
                             result.columns.push_back(
                                 at::empty(int8.values.sizes(), int8.values.options().dtype(type)));
                             result.settled = false;
                             meanwhile.quantized.push_back(&int8);
                             meanwhile.made.push_back(result.columns.back());
                           },
                           [](const GroupedInt8Weight&) {},  // no kernel takes it
                           [](const DynamicInt8Weight&) {}},
               columns.weight);
  }
  return result;
}

at::Tensor RowProduct::operator()(const at::Tensor& x, const RowFinish& finish) const {
  if (!kernel_takes(x, finish)) return composed(x, finish);
  RowMeanwhile before;
  const auto ready = weights(x.scalar_type(), before);
  dequantize_rows_cuda(before.quantized, before.made);
  return (*this)(x, ready, finish);
}

at::Tensor RowProduct::operator()(const at::Tensor& x, const RowWeights& weights,
                                  const RowFinish& finish) const {
  if (weights.columns.empty()) return (*this)(x, finish);
  if (!kernel_takes(x, finish)) return composed(x, finish);
  RowProductRequest request;
  request.x = norm_ ? normalized(x, *norm_) : x;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    request.columns[i].weight = weights.columns[i];
    if (columns_[i].bias) request.columns[i].bias = *columns_[i].bias;
  }
  request.settled_weights = weights.settled || norm_;  // the norm's kernel comes between
  request.gelu = finish.activation == RowFinish::Activation::gelu;
  request.residual = finish.residual;
  request.out =
      at::empty({x.size(0), x.size(1), width_}, x.options().dtype(finish.result.value_or(x.scalar_type())));
  row_product_cuda(request);
  return request.out;
}

at::Tensor RowProduct::composed(const at::Tensor& given, const RowFinish& finish) const {
  const auto x = norm_ ? normalized(given, *norm_) : given;
  std::vector<at::Tensor> results;
  const auto result_type = finish.result.value_or(x.scalar_type());
  for (const auto& [weight, bias, width, taps, rounded] : columns_) {
    const auto in_past = with_past(x, taps);
    if (rounded) {
      results.push_back((*rounded)(in_past.flatten(0, 1), result_type).view({x.size(0), x.size(1), width}));
      continue;
    }
    const auto type = common_type(weight, x.scalar_type());
    results.push_back(at::linear(in_past.to(type), matrix_of(values_in(weight, type)),
                                 bias ? Bias(bias->to(type)) : Bias()));
  }
  for (auto& result : results) result = result.to(result_type);
  auto y = results.size() == 1 ? results.front() : at::cat(results, 2);
  if (finish.activation == RowFinish::Activation::gelu) y = at::gelu(y);
  return finish.residual.defined() ? y + finish.residual : y;
}

RowMish::RowMish(const RowNorm& norm) : norm_(in_fp32(norm)) {}

at::Tensor RowMish::operator()(const at::Tensor& x, const at::Tensor& shift,
                               const at::Tensor& residual) const {
  return normalized(x, norm_, RowNormRequest::Activation::mish, shift, residual);
}

at::Tensor row_attention(const at::Tensor& qkv, const RowHeads& told, const RowMeanwhile& meanwhile) {
  const auto& [head_width, lengths] = told;
  const auto batch = qkv.size(0), rows = qkv.size(1), inner = qkv.size(2) / 3;
  if (row_kernels_take(qkv) && row_attention_takes(head_width) && qkv.is_contiguous()) {
    const auto out = at::empty({batch, rows, inner}, qkv.options());
    row_attention_cuda({qkv, lengths, head_width, out}, meanwhile);
    return out;
  }
  dequantize_rows_cuda(meanwhile.quantized, meanwhile.made);
  const auto heads = qkv.view({batch, rows, 3, -1, head_width}).permute({2, 0, 3, 1, 4});
  const auto no_row = lengths.defined() ? beyond(lengths, rows) : at::Tensor();
  const auto bias = lengths.defined() ? score_bias(no_row, heads[0]) : std::optional<at::Tensor>();
  // On GPUs not the one that PyTorch would choose: cuDNN's lives and dies with the thread that a graph is
  // recorded on.
  const auto attended = qkv.is_cuda() && head_width % kVector == 0
                            ? std::get<0>(at::_scaled_dot_product_efficient_attention(heads[0], heads[1],
                                                                                      heads[2], bias, false))
                            : at::scaled_dot_product_attention(heads[0], heads[1], heads[2], bias);
  const auto out = attended.transpose(1, 2).flatten(2);
  return lengths.defined() ? out.masked_fill(no_row.unsqueeze(2), 0) : out;
}

void row_step(const at::Tensor& slope, const at::Tensor& length, double guidance, const RowState& state) {
  const auto& [exact, read] = state;
  const auto clips = exact.size(0), channels = exact.size(2);
  if (row_kernels_take(read) && channels % kVector == 0 && lies_in_rows(read) && slope.is_contiguous() &&
      exact.is_contiguous())
    return row_step_cuda({slope, length, guidance, exact, read});
  const auto guided = slope.size(0) > clips ? (1.0 + guidance) * slope.narrow(0, 0, clips) -
                                                  guidance * slope.narrow(0, clips, clips)
                                            : slope;
  exact.add_(length * guided);
  for (std::int64_t half = 0; half < read.size(0); half += clips)
    read.narrow(0, half, clips).slice(2, 0, channels).copy_(exact);
}

}  // namespace octet
