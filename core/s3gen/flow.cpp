#include "core/s3gen/flow.h"

#include <ATen/ATen.h>

#include "core/s3gen/format.h"
#include "core/s3gen/recorded_rows.h"

namespace octet::s3gen {

/// The encoder recorded for a shape.
struct Flow::Encoding {
  at::Tensor tokens;
  at::Tensor lengths;  ///< where the shape is filled up
  UpsampleEncoder::Positions positions;
  at::Tensor mu;
  std::unique_ptr<CapturedGraph> graph;
};

Flow::Flow(const Scope& scope, std::int64_t estimator_head_width)
    : token_table_(scope / "input_embedding"),
      speaker_projection_(scope / "spk_embed_affine_layer"),
      encoder_(scope / "encoder"),
      encoder_projection_(scope / "encoder_proj"),
      estimator_(scope / "decoder" / "estimator", estimator_head_width),
      graphs_(scope.graphs()),
      position_options_(at::TensorOptions().dtype(scope.activations()).device(scope.device())),
      fills_up_(fills_up(scope)) {
  if (scope.graphs())
    captured_.emplace(scope / "decoder" / "estimator", estimator_head_width, estimator_, scope.graphs());
}

Flow::~Flow() {
  if (graphs_) graphs_->forget(this);
}

at::Tensor Flow::encode(const at::Tensor& tokens, const UpsampleEncoder::Positions& positions,
                        const Run& run) const {
  return encoder_projection_(encoder_(token_table_(tokens, run), positions, run), run).to(at::kFloat);
}

at::Tensor Flow::encode(const at::Tensor& tokens, const Run& run) const {
  const auto clips = tokens.size(0), count = tokens.size(1);
  const auto rows = fills_up_ ? whole_seconds(count, kTokensPerSecond) : count;
  if (!graphs_ || run.watched() || rows > kMostTokens || clips * rows > kMostTogether)
    return encode(tokens, encoder_.positions(count, position_options_), run);
  const auto running = graphs_->lock();
  const bool filled_up = run.lengths.defined() || rows > count;
  const auto encoding = graphs_->get<Encoding>(this, GraphCache::shape_of(clips, rows, filled_up), [&] {
    auto made = std::make_shared<Encoding>();
    made->tokens = at::zeros({clips, rows}, tokens.options());
    if (filled_up) made->lengths = at::full({clips}, rows, tokens.options().dtype(at::kInt));
    made->positions = encoder_.positions(rows, position_options_);
    const Run recorded{.device = run.device, .lengths = made->lengths};  // never stopped halfway
    made->mu = encode(made->tokens, made->positions, recorded);
    made->graph = graphs_->capture([&] { made->mu.copy_(encode(made->tokens, made->positions, recorded)); });
    return made;
  });
  encoding->tokens.copy_(at::constant_pad_nd(tokens, {0, rows - count}));
  if (filled_up)
    (void)(run.lengths.defined() ? encoding->lengths.copy_(run.lengths) : encoding->lengths.fill_(count));
  encoding->graph->replay();
  return encoding->mu.slice(1, 0, kFramesPerToken * count).clone();
}

at::Tensor Flow::solve(const at::Tensor& start, const at::Tensor& mu, const at::Tensor& speaker,
                       const at::Tensor& condition, int steps, const Run& run,
                       const std::function<void(int step, const at::Tensor& state)>& on_step) const {
  if (captured_ && !run.watched())
    return (*captured_)(start, mu, speaker, condition, steps, run.lengths, on_step);
  return solve_flow(estimator_, start, mu, speaker, condition, steps, run, on_step);
}

at::Tensor Flow::project_speaker(const at::Tensor& embedding, const Run& run) const {
  const auto norm =
      at::linalg_vector_norm(embedding, 2, at::IntArrayRef{1}, /*keepdim=*/true).clamp_min(1e-12);
  return speaker_projection_(embedding / norm, run);
}

}  // namespace octet::s3gen
