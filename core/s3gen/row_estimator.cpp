#include "core/s3gen/row_estimator.h"

#include <ATen/ATen.h>

#include <deque>

#include "core/kernels/dequantize.h"
#include "core/kernels/row_kernels.h"

namespace octet::s3gen {
/// The weights of one product after the other. int8 ones are made by an attention's kernel for all that comes
/// up to the next attention.
class RowEstimator::WeightsAhead {
 public:
  /// `groups`: of products, an attention before the last of each but the last. `kernels`: those of our own
  /// compute them.
  WeightsAhead(std::vector<std::vector<const RowProduct*>> groups, at::ScalarType type, bool kernels)
      : groups_(std::move(groups)), type_(type), kernels_(kernels) {
    const auto first = add(groups_.front());
    dequantize_rows_cuda(first.quantized, first.made);
  }

  /// Those of the next product.
  RowWeights next() {
    auto weights = std::move(ready_.front());
    ready_.pop_front();
    return weights;
  }
  /// What the attention that comes now has to do for the products behind it.
  RowMeanwhile for_attention() { return add(groups_[++group_]); }

 private:
  RowMeanwhile add(const std::vector<const RowProduct*>& products) {
    RowMeanwhile meanwhile;
    for (const auto* product : products) {
      ready_.push_back(kernels_ ? product->weights(type_, meanwhile) : RowWeights());
      if (product != products.front()) ready_.back().settled = true;  // by the first, which waits for them
    }
    return meanwhile;
  }

  std::vector<std::vector<const RowProduct*>> groups_;
  at::ScalarType type_;
  bool kernels_;
  std::size_t group_ = 0;
  std::deque<RowWeights> ready_;
};

RowEstimator::ResnetBlock::ResnetBlock(const Scope& scope)
    : time_projection(scope / "mlp" / 1),
      conv1_and_shortcut({row_part(scope / "block1" / "block" / 0), row_part(scope / "res_conv")}),
      norm1(row_norm(scope / "block1" / "block" / 2)),
      conv2({row_part(scope / "block2" / "block" / 0)}),
      norm2(row_norm(scope / "block2" / "block" / 2)),
      width(out_channels(scope / "res_conv")) {}

RowEstimator::TransformerBlock::TransformerBlock(const Scope& scope)
    : query_key_value({row_part(scope / "attn1" / "to_q"), row_part(scope / "attn1" / "to_k"),
                       row_part(scope / "attn1" / "to_v")},
                      row_norm(scope / "norm1")),
      out({row_part(scope / "attn1" / "to_out" / 0)}),
      feed_forward_in({row_part(scope / "ff" / "net" / 0 / "proj")}, row_norm(scope / "norm3")),
      feed_forward_out({row_part(scope / "ff" / "net" / 2)}) {}

at::Tensor RowEstimator::TransformerBlock::operator()(const at::Tensor& x, const RowHeads& heads,
                                                      WeightsAhead& weights) const {
  const auto qkv = query_key_value(x, weights.next());
  const auto attended = row_attention(qkv, heads, weights.for_attention());
  const auto y = out(attended, weights.next(), {.residual = x});
  const auto inner = feed_forward_in(y, weights.next(), {.activation = RowFinish::Activation::gelu});
  return feed_forward_out(inner, weights.next(), {.residual = y});
}

RowEstimator::Stage::Stage(const Scope& scope) : resnet(scope / 0) {
  for (int i = 0; (scope / 1 / i / "norm1").is_layer(); ++i) transformers.emplace_back(scope / 1 / i);
  if ((scope / 2).is_layer()) resample.emplace(std::vector{row_part(scope / 2)});
}

RowEstimator::RowEstimator(const Scope& scope, std::int64_t head_width)
    : head_width_(head_width),
      activations_(scope.activations()),
      final_conv_({row_part(scope / "final_block" / "block" / 0)}),
      final_norm_(row_norm(scope / "final_block" / "block" / 2)),
      final_projection_({row_part(scope / "final_proj")}) {
  const auto collect = [&](std::string_view name, std::vector<Stage>& stages) {
    for (int i = 0; (scope / name / i / 0 / "res_conv").is_layer(); ++i) {
      stages.emplace_back(scope / name / i);
      time_width_ += stages.back().resnet.width;
    }
  };
  collect("down_blocks", down_);
  collect("mid_blocks", middle_);
  collect("up_blocks", up_);
}

at::Tensor RowEstimator::project_times(const at::Tensor& embedded) const {
  const auto shown = at::mish(embedded);
  const Run run{.device = embedded.device()};
  std::vector<at::Tensor> projections;
  for (const auto* stages : {&down_, &middle_, &up_})
    for (const auto& stage : *stages) {
      std::vector<at::Tensor> steps;  // each alone: inputs may be rounded by all that is in them
      steps.reserve(static_cast<std::size_t>(shown.size(0)));
      for (std::int64_t i = 0; i < shown.size(0); ++i)
        steps.push_back(stage.resnet.time_projection(shown.narrow(0, i, 1), run));
      projections.push_back(at::cat(steps));
    }
  return at::cat(projections, 1);
}

std::vector<std::vector<const RowProduct*>> RowEstimator::products_by_attention() const {
  std::vector<std::vector<const RowProduct*>> groups(1);
  for (const auto* stages : {&down_, &middle_, &up_})
    for (const auto& stage : *stages) {
      groups.back().insert(groups.back().end(), {&stage.resnet.conv1_and_shortcut, &stage.resnet.conv2});
      for (const auto& block : stage.transformers) {
        groups.back().insert(groups.back().end(), {&block.query_key_value, &block.out});
        groups.push_back({&block.feed_forward_in, &block.feed_forward_out});
      }
      if (stage.resample) groups.back().push_back(&*stage.resample);
    }
  groups.back().insert(groups.back().end(), {&final_conv_, &final_projection_});
  return groups;
}

at::Tensor RowEstimator::run(const Stage& stage, const at::Tensor& x, const at::Tensor& shift,
                             const RowHeads& heads, WeightsAhead& weights) {
  const auto& resnet = stage.resnet;
  const auto both = resnet.conv1_and_shortcut(x, weights.next());
  const auto h = resnet.norm1(both.slice(2, 0, resnet.width), shift, {});
  auto y = resnet.norm2(resnet.conv2(h, weights.next()), {}, both.slice(2, resnet.width));
  for (const auto& transformer : stage.transformers) y = transformer(y, heads, weights);
  return y;
}

at::Tensor RowEstimator::operator()(const at::Tensor& packed, const at::Tensor& times,
                                    const at::Tensor& lengths) const {
  const RowHeads heads{head_width_, lengths};
  WeightsAhead weights(products_by_attention(), packed.scalar_type(), row_kernels_take(packed));
  std::int64_t taken = 0;
  const auto run_next = [&](const Stage& stage, const at::Tensor& x) {
    const auto shift = times.slice(0, taken, taken + stage.resnet.width);
    taken += stage.resnet.width;
    return run(stage, x, shift, heads, weights);
  };
  const auto resampled = [&](const Stage& stage, const at::Tensor& x) {
    return (*stage.resample)(x, weights.next());
  };
  auto y = packed;
  std::vector<at::Tensor> skips;
  for (const auto& stage : down_) {
    y = run_next(stage, y);
    skips.push_back(y);
    y = resampled(stage, y);
  }
  for (const auto& stage : middle_) y = run_next(stage, y);
  for (const auto& stage : up_) {
    y = run_next(stage, at::cat({y, skips.back()}, 2));
    skips.pop_back();
    y = resampled(stage, y);
  }
  const auto ended = final_norm_(final_conv_(y, weights.next()), {}, {});
  return final_projection_(ended, weights.next(), {.result = at::kFloat});
}

}  // namespace octet::s3gen
