#include "core/s3gen/upsample_encoder.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/kernels/processor.h"
#include "core/ops/conversions.h"

namespace octet::s3gen {
namespace {

constexpr std::int64_t kUpsampling = 2;
constexpr double kLookAheadSlope = 0.01;

/// Sines and cosines of the distances frames-1 … -(frames-1). [1, 2 * frames - 1, width]
at::Tensor relative_positions(std::int64_t frames, std::int64_t width, const at::TensorOptions& options) {
  const auto step =
      at::exp(at::arange(0, width, 2, at::kFloat) * -(std::log(10000.0) / static_cast<double>(width)));
  const auto distance = at::arange(0, frames, at::kFloat).unsqueeze(1);
  const auto table = [&](const at::Tensor& angles) {
    return at::stack({at::sin(angles), at::cos(angles)}, -1).flatten(1);
  };
  const auto past = at::flip(table(distance * step), {0});
  const auto future = table(-1 * distance * step).slice(0, 1);
  return at::cat({past, future}).unsqueeze(0).to(options);
}

/// Scores by absolute index from scores by distance. [batch, heads, frames, 2 * frames - 1] -> [… , frames]
at::Tensor relative_shift(const at::Tensor& scores) {
  const auto batch = scores.size(0), heads = scores.size(1), frames = scores.size(2),
             distances = scores.size(3);
  const auto padded = at::cat({at::zeros({batch, heads, frames, 1}, scores.options()), scores}, -1)
                          .view({batch, heads, distances + 1, frames});
  return padded.slice(2, 1).view({batch, heads, frames, distances}).slice(3, 0, distances / 2 + 1);
}

/// The same as a view, where one distance more makes the rows even. [batch, heads, frames, 2 * frames] ->
/// [batch * heads, frames, frames]
at::Tensor shifted_in_place(const at::Tensor& scores) {
  const auto heads = scores.size(0) * scores.size(1), frames = scores.size(2);
  return scores.as_strided({heads, frames, frames}, {2 * frames * frames, 2 * frames - 1, 1}, frames - 1);
}

/// The same of some queries, and the distances that they have. [batch, heads, queries, frames + queries - 1]
/// -> a view, [batch, heads, queries, frames]
at::Tensor shifted(const at::Tensor& scores) {
  const auto batch = scores.size(0), heads = scores.size(1), queries = scores.size(2),
             distances = scores.size(3);
  return scores.as_strided({batch, heads, queries, distances - queries + 1},
                           {heads * queries * distances, queries * distances, distances - 1, 1}, queries - 1);
}

}  // namespace

UpsampleEncoder::InputLayer::InputLayer(const Scope& scope)
    : linear(scope / "out" / 0), norm(scope / "out" / 1, 1e-5) {}

at::Tensor UpsampleEncoder::InputLayer::operator()(const at::Tensor& x, const Run& run) const {
  const auto y = norm(linear(x, run), run);
  return y * std::sqrt(static_cast<double>(y.size(-1)));
}

UpsampleEncoder::Layer::Layer(const Scope& scope, std::int64_t held_at_once)
    : scores_at_once(held_at_once),
      attention_norm(scope / "norm_mha", 1e-12),
      query(scope / "self_attn" / "linear_q"),
      key(scope / "self_attn" / "linear_k"),
      value(scope / "self_attn" / "linear_v"),
      out(scope / "self_attn" / "linear_out"),
      position(scope / "self_attn" / "linear_pos"),
      bias_u((scope / "self_attn" / "pos_bias_u").layer().tensors.at("pos_bias_u")),
      bias_v((scope / "self_attn" / "pos_bias_v").layer().tensors.at("pos_bias_v")),
      feed_forward_norm(scope / "norm_ff", 1e-12),
      feed_forward_in(scope / "feed_forward" / "w_1"),
      feed_forward_out(scope / "feed_forward" / "w_2") {}

at::Tensor UpsampleEncoder::Layer::attend(const at::Tensor& x, const at::Tensor& positions,
                                          const Run& run) const {
  const auto heads = bias_u.size(0), width = bias_u.size(1);
  const auto type = product_type(x.scalar_type(), x.device());
  const auto split = [&](const at::Tensor& t) { return t.to(type).view({t.size(0), -1, heads, width}); };
  const auto q = split(query(x, run));
  const auto k = split(key(x, run)).permute({0, 2, 3, 1});
  const auto v = split(value(x, run)).transpose(1, 2);
  const auto p = split(position(positions, run)).permute({0, 2, 3, 1});
  const auto by_content = (q + bias_u.to(q)).transpose(1, 2);
  const auto by_position = (q + bias_v.to(q)).transpose(1, 2);

  // Few heads at a time where the clip is long, then few queries: the scores of all heads of two minutes
  // would be gigabytes.
  const auto batch = x.size(0), frames = x.size(1);
  const auto queries = std::clamp(scores_at_once / (2 * frames), std::int64_t{1}, frames);
  const auto at_once = std::clamp(scores_at_once / (2 * batch * frames * queries), std::int64_t{1}, heads);
  const auto no_key =
      run.lengths.defined() ? beyond(run.lengths, frames).view({batch, 1, 1, frames}) : at::Tensor();
  const auto scale = 1 / std::sqrt(static_cast<double>(width));
  std::vector<at::Tensor> attended;
  for (std::int64_t head = 0; head < heads; head += at_once) {
    const auto some = [&](const at::Tensor& t) { return t.slice(1, head, std::min(head + at_once, heads)); };
    const auto weighed = [&](const at::Tensor& scores) {
      if (no_key.defined()) scores.masked_fill_(no_key, -std::numeric_limits<double>::infinity());
      return at::matmul(at::softmax(scores, -1), some(v));
    };
    if (queries == frames) {
      const auto by_distance = at::matmul(some(by_position), some(p));
      const auto scores = p.size(3) == 2 * frames
                              ? at::baddbmm(shifted_in_place(by_distance), some(by_content).flatten(0, 1),
                                            some(k).flatten(0, 1), scale, scale)
                                    .view({batch, -1, frames, frames})
                              : (at::matmul(some(by_content), some(k)) + relative_shift(by_distance)) /
                                    std::sqrt(static_cast<double>(width));
      attended.push_back(weighed(scores));
      continue;
    }
    std::vector<at::Tensor> parts;
    for (std::int64_t first = 0; first < frames; first += queries) {
      const auto last = std::min(first + queries, frames);
      const auto own = [&](const at::Tensor& t) { return some(t).slice(2, first, last); };
      const auto by_distance =
          at::matmul(own(by_position), some(p).slice(3, frames - last, 2 * frames - 1 - first)).contiguous();
      auto scores = at::matmul(own(by_content), some(k));
      scores.add_(shifted(by_distance)).mul_(scale);
      parts.push_back(weighed(scores));
    }
    attended.push_back(at::cat(parts, 2));
  }
  return out(at::cat(attended, 1).transpose(1, 2).flatten(2).to(x.scalar_type()), run);
}

at::Tensor UpsampleEncoder::Layer::operator()(const at::Tensor& x, const at::Tensor& positions,
                                              const Run& run) const {
  const auto y = x + attend(attention_norm(x, run), positions, run);
  return y + feed_forward_out(at::silu(feed_forward_in(feed_forward_norm(y, run), run)), run);
}

void UpsampleEncoder::Layer::collect(std::vector<Op>& linears) const {
  for (const auto* linear : {&query, &key, &value, &out, &position, &feed_forward_in, &feed_forward_out})
    linears.push_back(linear->op());
}

UpsampleEncoder::UpsampleEncoder(const Scope& scope, std::int64_t scores_at_once)
    : embed_(scope / "embed"),
      look_ahead_conv1_(scope / "pre_lookahead_layer" / "conv1", {}),
      look_ahead_conv2_(scope / "pre_lookahead_layer" / "conv2", {}),
      up_conv_(scope / "up_layer" / "conv", {}),
      up_embed_(scope / "up_embed"),
      after_norm_(scope / "after_norm", 1e-5),
      width_(up_embed_.linear.in_features()) {
  if (scope.graphs()) rows_.emplace(scope);
  const auto collect = [&](std::string_view name, std::vector<Layer>& layers) {
    for (int i = 0; (scope / name / i / "norm_mha").is_layer(); ++i)
      layers.emplace_back(scope / name / i, scores_at_once);
  };
  collect("encoders", layers_);
  collect("up_encoders", up_layers_);
}

UpsampleEncoder::RowConvolutions::RowConvolutions(const Scope& scope)
    : look_ahead1({row_part(scope / "pre_lookahead_layer" / "conv1")}),
      look_ahead2({row_part(scope / "pre_lookahead_layer" / "conv2")}),
      up({row_part(scope / "up_layer" / "conv")}) {}

at::Tensor UpsampleEncoder::look_ahead(const at::Tensor& x, const Run& run) const {
  const auto ahead = look_ahead_conv1_.kernel_size() - 1;
  if (rows_ && !run.watched()) {
    const auto seen = rows_->look_ahead1(at::constant_pad_nd(x, {0, 0, 0, ahead})).slice(1, ahead);
    return rows_->look_ahead2(at::leaky_relu(seen, kLookAheadSlope));
  }
  const auto padded = at::constant_pad_nd(x.transpose(1, 2), {0, ahead});
  const auto seen = at::leaky_relu(look_ahead_conv1_(padded, run), kLookAheadSlope);
  const auto behind = look_ahead_conv2_.kernel_size() - 1;
  const auto looked = look_ahead_conv2_(at::constant_pad_nd(seen, {behind, 0}), run);
  return looked.transpose(1, 2).contiguous();
}

at::Tensor UpsampleEncoder::upsample(const at::Tensor& x, const Run& run) const {
  if (rows_ && !run.watched())
    return rows_->up(x.unsqueeze(2).expand({-1, -1, kUpsampling, -1}).flatten(1, 2).contiguous());
  const auto doubled = at::repeat_interleave(x.transpose(1, 2), kUpsampling, 2);
  return up_conv_(at::constant_pad_nd(doubled, {up_conv_.kernel_size() - 1, 0}), run)
      .transpose(1, 2)
      .contiguous();
}

UpsampleEncoder::Positions UpsampleEncoder::positions(std::int64_t tokens,
                                                      const at::TensorOptions& options) const {
  const auto of = [&](std::int64_t frames) {
    const auto table = relative_positions(frames, width_, options);
    return rows_ ? at::constant_pad_nd(table, {0, 0, 0, 1}) : table;
  };
  return {of(tokens), of(kUpsampling * tokens)};
}

at::Tensor UpsampleEncoder::through(const std::vector<Layer>& layers, at::Tensor x,
                                    const at::Tensor& positions, const Run& run) const {
  Conversions conversions(kMostDequantized);
  auto with_weights = run;
  if (rows_ && !run.watched()) {
    std::vector<Op> linears;
    for (const auto& layer : layers) layer.collect(linears);
    dequantize_ahead(linears, x.scalar_type(), conversions);
    with_weights.conversions = &conversions;
  }
  for (const auto& layer : layers) x = layer(x, positions, with_weights);
  return x;
}

at::Tensor UpsampleEncoder::operator()(const at::Tensor& x, const Positions& positions,
                                       const Run& run) const {
  auto y = embed_(x, run);
  auto upsampled = run;
  if (run.lengths.defined()) {
    // A clip that ends looks ahead at zeros, as it does alone.
    y = y.masked_fill(beyond(run.lengths, y.size(1)).unsqueeze(2), 0);
    upsampled.lengths = kUpsampling * run.lengths;
  }
  y = look_ahead(y, run) + y;
  y = through(layers_, y, positions.tokens, run);
  y = up_embed_(upsample(y, run), upsampled);
  return after_norm_(through(up_layers_, y, positions.frames, upsampled), run);
}

}  // namespace octet::s3gen
