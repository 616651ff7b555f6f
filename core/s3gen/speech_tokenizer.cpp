#include "core/s3gen/speech_tokenizer.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/checkpoint/upstream_sizes.h"
#include "core/dsp/log_mel.h"

namespace octet::s3gen {
namespace {

constexpr auto kHeadWidth = upstream::kTokenizerHeadWidth;
constexpr auto kWindowFrames = SpeechTokenizer::kWindowFrames;
constexpr std::int64_t kOverlapFrames = 400;
constexpr std::int64_t kOverlapTokens = 50;  // half of the overlap is dropped on each side

at::Tensor rotate(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines) {
  const auto halves = x.chunk(2, -1);
  return x * cosines + at::cat({-halves[1], halves[0]}, -1) * sines;
}

/// One filter per channel.
Conv1d depthwise(const Scope& scope) { return {scope, {.groups = out_channels(scope)}}; }

at::Tensor buffer_or(const Scope& scope, const std::string& name, const at::Tensor& computed) {
  const auto place = scope / name;
  return (place.is_layer() ? place.layer().tensors.at(name) : computed).to(place.device());
}

}  // namespace

SpeechTokenizer::Block::Block(const Scope& scope)
    : attention_norm(scope / "attn_ln", 1e-5),
      query(scope / "attn" / "query"),
      key(scope / "attn" / "key"),
      value(scope / "attn" / "value"),
      out(scope / "attn" / "out"),
      memory(depthwise(scope / "attn" / "fsmn_block")),
      mlp_norm(scope / "mlp_ln", 1e-5),
      mlp_in(scope / "mlp" / 0),
      mlp_out(scope / "mlp" / 2) {}

at::Tensor SpeechTokenizer::Block::operator()(const at::Tensor& x, const at::Tensor& cosines,
                                              const at::Tensor& sines, const Run& run) const {
  const auto normed = attention_norm(x, run);
  const auto heads = [](const at::Tensor& t) { return t.view({t.size(0), t.size(1), -1, kHeadWidth}); };
  const auto q = rotate(heads(query(normed, run)), cosines, sines);
  const auto k = rotate(heads(key(normed, run)), cosines, sines);
  const auto v = value(normed, run);

  const auto width = memory.kernel_size() - 1;
  const auto padded = at::constant_pad_nd(v.transpose(1, 2), {width / 2, width - width / 2});
  const auto remembered = memory(padded, run).transpose(1, 2) + v;

  const double scale = std::pow(static_cast<double>(kHeadWidth), -0.25);
  const auto scores = at::matmul(q.permute({0, 2, 1, 3}) * scale, k.permute({0, 2, 3, 1}) * scale);
  const auto attended = at::matmul(at::softmax(scores, -1), heads(v).permute({0, 2, 1, 3}));
  const auto y = x + (out(attended.permute({0, 2, 1, 3}).flatten(2), run) + remembered);
  return y + mlp_out(at::gelu(mlp_in(mlp_norm(y, run), run)), run);
}

SpeechTokenizer::SpeechTokenizer(const Scope& scope)
    : filters_(buffer_or(scope, "_mel_filters", tokenizer_mel_filters())),
      window_(buffer_or(scope, "window", at::hann_window(400))),
      conv1_(scope / "encoder" / "conv1", {.stride = 2, .padding = 1}),
      conv2_(scope / "encoder" / "conv2", {.stride = 2, .padding = 1}),
      project_down_(scope / "quantizer" / "_codebook" / "project_down"),
      rotary_(rotary_tables(kWindowTokens, scope.device())),
      graphs_(scope.graphs()) {
  const auto blocks = scope / "encoder" / "blocks";
  for (int i = 0; (blocks / i / "attn_ln").is_layer(); ++i) blocks_.emplace_back(blocks / i);
  if (graphs_ && !scope.rounds_inputs()) rows_ = std::make_unique<const RowTokenizer>(scope, rotary_);
}

SpeechTokenizer::~SpeechTokenizer() {
  if (graphs_) graphs_->forget(this);
}

at::Tensor SpeechTokenizer::log_mel(const at::Tensor& wave) const {
  return tokenizer_log_mel(wave, filters_, window_);
}

struct SpeechTokenizer::Recorded {
  at::Tensor mel;  ///< fp32 [mels, frames]
  at::Tensor ids;  ///< int64 [tokens]
  std::unique_ptr<CapturedGraph> graph;
};

at::Tensor SpeechTokenizer::encode_recorded(const at::Tensor& mel) const {
  const auto running = graphs_->lock();
  const auto recorded = graphs_->get<Recorded>(this, mel.size(1), [&] {
    auto made = std::make_shared<Recorded>();
    made->mel = at::zeros(mel.sizes(), mel.options());
    made->ids = (*rows_)(made->mel);
    made->graph = graphs_->capture([&] { made->ids.copy_((*rows_)(made->mel)); });
    return made;
  });
  recorded->mel.copy_(mel);
  recorded->graph->replay();
  return recorded->ids.clone();
}

at::Tensor SpeechTokenizer::encode_window(const at::Tensor& mel, const Run& run) const {
  if (rows_ && !run.watched()) return encode_recorded(mel[0]);
  auto x = at::gelu(conv2_(at::gelu(conv1_(mel, run)), run)).permute({0, 2, 1});
  const auto of_heads = [&](const at::Tensor& table) { return table.slice(0, 0, x.size(1)).unsqueeze(1); };
  const auto cosines = of_heads(rotary_.cosines), sines = of_heads(rotary_.sines);
  for (const auto& block : blocks_) x = block(x, cosines, sines, run);

  // Finite scalar quantization: eight digits of base 3.
  const auto digits = at::round(at::tanh(project_down_(x[0], run)) * 0.9990000128746033) + 1;
  const auto powers = at::pow(3.0, at::arange(8, digits.options()));
  const auto ids = at::sum(digits * powers, -1);
  return at::where(at::isfinite(ids), ids, -1).to(at::kLong);
}

at::Tensor SpeechTokenizer::operator()(const at::Tensor& wave, const Run& run) const {
  const auto mel = log_mel(wave);
  const auto frames = mel.size(2);
  if (frames <= kWindowFrames) return encode_window(mel, run).unsqueeze(0);

  std::vector<at::Tensor> merged;
  for (std::int64_t start = 0; start < frames; start += kWindowFrames - kOverlapFrames) {
    const auto ids = encode_window(mel.slice(2, start, std::min(start + kWindowFrames, frames)), run);
    const bool last = start + kWindowFrames - kOverlapFrames >= frames;
    const auto from = start == 0 ? 0 : std::min<std::int64_t>(kOverlapTokens, ids.size(0));
    const auto to = last ? ids.size(0) : ids.size(0) - kOverlapTokens;
    merged.push_back(ids.slice(0, from, std::max(from, to)));
  }
  return at::cat(merged).unsqueeze(0);
}

}  // namespace octet::s3gen
