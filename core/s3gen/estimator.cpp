#include "core/s3gen/estimator.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/kernels/attention.h"

namespace octet::s3gen {
namespace {

at::Tensor causal(const Conv1d& conv, const at::Tensor& x, const Run& run) {
  return conv(at::constant_pad_nd(x, {conv.kernel_size() - 1, 0}), run);
}

}  // namespace

at::Tensor sinusoidal_embedding(const at::Tensor& t, std::int64_t width) {
  const auto half = width / 2;
  const auto step = -(std::log(10000.0) / static_cast<double>(half - 1));
  const auto frequencies = at::exp(at::arange(half, t.options()) * step);
  const auto angles = 1000 * t.unsqueeze(1) * frequencies.unsqueeze(0);
  return at::cat({at::sin(angles), at::cos(angles)}, -1);
}

Estimator::CausalBlock::CausalBlock(const Scope& scope)
    : conv(scope / "block" / 0, {}), norm(scope / "block" / 2, 1e-5) {}

at::Tensor Estimator::CausalBlock::operator()(const at::Tensor& x, const Run& run) const {
  return at::mish(norm(causal(conv, x, run).transpose(1, 2), run).transpose(1, 2));
}

Estimator::ResnetBlock::ResnetBlock(const Scope& scope)
    : time_projection(scope / "mlp" / 1),
      block1(scope / "block1"),
      block2(scope / "block2"),
      shortcut(scope / "res_conv", {}) {}

at::Tensor Estimator::ResnetBlock::operator()(const at::Tensor& x, const at::Tensor& time,
                                              const Run& run) const {
  const auto shift = time_projection(at::mish(time), run).unsqueeze(-1).to(x.scalar_type());
  return block2(block1(x, run) + shift, run) + shortcut(x, run);
}

Estimator::TransformerBlock::TransformerBlock(const Scope& scope, std::int64_t heads_are)
    : head_width(heads_are),
      attention_norm(scope / "norm1", 1e-5),
      query(scope / "attn1" / "to_q"),
      key(scope / "attn1" / "to_k"),
      value(scope / "attn1" / "to_v"),
      out(scope / "attn1" / "to_out" / 0),
      feed_forward_norm(scope / "norm3", 1e-5),
      feed_forward_in(scope / "ff" / "net" / 0 / "proj"),
      feed_forward_out(scope / "ff" / "net" / 2) {}

at::Tensor Estimator::TransformerBlock::operator()(const at::Tensor& x, const Run& run) const {
  const auto normed = attention_norm(x, run);
  const auto q = query(normed, run), k = key(normed, run), v = value(normed, run);
  const auto attended =
      run.lengths.defined() ? attention(q, k, v, head_width, run.lengths) : attention(q, k, v, head_width);
  const auto y = out(attended, run) + x;
  return feed_forward_out(at::gelu(feed_forward_in(feed_forward_norm(y, run), run)), run) + y;
}

Estimator::Stage::Stage(const Scope& scope, std::int64_t head_width) : resnet(scope / 0) {
  for (int i = 0; (scope / 1 / i / "norm1").is_layer(); ++i)
    transformers.emplace_back(scope / 1 / i, head_width);
  if ((scope / 2).is_layer()) resample.emplace(scope / 2, ConvShape{});
}

at::Tensor Estimator::Stage::transform(const at::Tensor& x, const at::Tensor& time, const Run& run) const {
  auto y = resnet(x, time, run).transpose(1, 2).contiguous();
  for (const auto& transformer : transformers) y = transformer(y, run);
  return y.transpose(1, 2).contiguous();
}

Estimator::Estimator(const Scope& scope, std::int64_t head_width)
    : activations_(scope.activations()),
      time_linear1_(scope / "time_mlp" / "linear_1"),
      time_linear2_(scope / "time_mlp" / "linear_2"),
      time_width_(time_linear1_.in_features()),
      final_block_(scope / "final_block"),
      final_projection_(scope / "final_proj", {}) {
  if (const auto mixer = scope / "time_embed_mixer"; mixer.is_layer()) time_mixer_.emplace(mixer);
  const auto collect = [&](std::string_view name, std::vector<Stage>& stages) {
    for (int i = 0; (scope / name / i / 0 / "res_conv").is_layer(); ++i)
      stages.emplace_back(scope / name / i, head_width);
  };
  collect("down_blocks", down_);
  collect("mid_blocks", middle_);
  collect("up_blocks", up_);
}

at::Tensor Estimator::embed_time(const at::Tensor& t, const Run& run) const {
  return time_linear2_(at::silu(time_linear1_(sinusoidal_embedding(t, time_width_), run)), run);
}

at::Tensor Estimator::embed_times(const at::Tensor& t, const at::Tensor& r, const Run& run) const {
  const auto time = embed_time(t, run);
  return time_mixer_ ? (*time_mixer_)(at::cat({time, embed_time(r, run)}, 1), run) : time;
}

at::Tensor Estimator::operator()(const at::Tensor& x, const at::Tensor& mu, const at::Tensor& speaker,
                                 const at::Tensor& condition, const at::Tensor& t, const at::Tensor& r,
                                 const Run& run) const {
  const auto time = embed_times(t, r, run);
  const auto speaker_frames = speaker.unsqueeze(-1).expand({-1, -1, x.size(2)});
  auto y = at::cat({x, mu, speaker_frames, condition}, 1).to(activations_);
  std::vector<at::Tensor> skips;
  for (const auto& stage : down_) {
    y = stage.transform(y, time, run);
    skips.push_back(y);
    y = causal(*stage.resample, y, run);
  }
  for (const auto& stage : middle_) y = stage.transform(y, time, run);
  for (const auto& stage : up_) {
    y = stage.transform(at::cat({y, skips.back()}, 1), time, run);
    skips.pop_back();
    y = causal(*stage.resample, y, run);
  }
  return final_projection_(final_block_(y, run), run).to(at::kFloat);
}

}  // namespace octet::s3gen
