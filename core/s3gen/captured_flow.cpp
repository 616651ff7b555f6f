#include "core/s3gen/captured_flow.h"

#include <ATen/ATen.h>

#include <array>

#include "core/s3gen/format.h"
#include "core/s3gen/recorded_rows.h"

namespace octet::s3gen {

struct CapturedFlow::Step {
  at::Tensor state;    ///< fp32 [clips, rows, 80]
  at::Tensor packed;   ///< what the estimator reads: the state and what stays, [batch, rows, 320]
  at::Tensor lengths;  ///< int32 [batch], where rows are filled up
  at::Tensor times;    ///< a row of times_of
  std::unique_ptr<CapturedGraph> graph;  ///< of advance(); none for clips that are not recorded
};

CapturedFlow::CapturedFlow(const Scope& scope, std::int64_t head_width, const Estimator& estimator,
                           std::shared_ptr<GraphCache> graphs)
    : estimator_(estimator),
      row_estimator_(scope, head_width),
      fills_up_(fills_up(scope)),
      refillable_(scope.refillable()),
      graphs_(std::move(graphs)) {}

CapturedFlow::~CapturedFlow() { graphs_->forget(this); }

void CapturedFlow::advance(const Step& step) const {
  const auto width = row_estimator_.time_width();
  const auto slope = row_estimator_(step.packed, step.times.slice(0, 0, width), step.lengths);
  row_step(slope, step.times.slice(0, width), kGuidance, {step.state, step.packed});
}

/// shape: [clips, rows, bands]
std::shared_ptr<CapturedFlow::Step> CapturedFlow::make_step(at::IntArrayRef shape,
                                                            const at::TensorOptions& options,
                                                            bool filled_up) const {
  const auto clips = shape[0], rows = shape[1], bands = shape[2];
  const auto batch = estimator_.meanflow() ? clips : 2 * clips;
  auto step = std::make_shared<Step>();
  step->state = at::zeros(shape, options);
  if (filled_up) step->lengths = at::full({batch}, rows, options.dtype(at::kInt));
  step->packed = at::zeros({batch, rows, 4 * bands}, options.dtype(row_estimator_.activations()));
  step->times = at::zeros({row_estimator_.time_width() + 1}, options);
  return step;
}

std::shared_ptr<CapturedFlow::Step> CapturedFlow::step_for(const at::Tensor& start, bool ragged) const {
  const auto clips = start.size(0), bands = start.size(1), frames = start.size(2);
  const auto rows = fills_up_ ? whole_seconds(frames, kFramesPerToken * kTokensPerSecond) : frames;
  if (rows > kMostFrames || clips * rows > kMostTogether)
    return make_step({clips, frames, bands}, start.options(), ragged);
  const bool filled_up = ragged || rows > frames;
  return graphs_->get<Step>(this, GraphCache::shape_of(clips, rows, filled_up), [&] {
    auto step = make_step({clips, rows, bands}, start.options(), filled_up);
    step->graph = graphs_->capture([&] { advance(*step); });
    return step;
  });
}

const at::Tensor& CapturedFlow::times_of(int steps, const at::Tensor& like) const {
  auto& times = times_[steps];
  if (!times.defined() || refillable_) {
    const auto grid = time_grid(steps, estimator_.meanflow());
    const auto begin = grid.slice(0, 0, steps), end = grid.slice(0, 1);
    const auto embedded =
        estimator_.embed_times(begin.to(like.device()), end.to(like.device()), {.device = like.device()});
    times =
        at::cat({row_estimator_.project_times(embedded), (end - begin).unsqueeze(1).to(like.device())}, 1);
  }
  return times;
}

at::Tensor CapturedFlow::operator()(
    const at::Tensor& start, const at::Tensor& mu, const at::Tensor& speaker, const at::Tensor& condition,
    int steps, const at::Tensor& lengths,
    const std::function<void(int step, const at::Tensor& state)>& on_step) const {
  const auto clips = start.size(0), bands = start.size(1), frames = start.size(2);
  const auto running = graphs_->lock();
  const auto times = times_of(steps, start);
  const auto step = step_for(start, lengths.defined());
  const auto state = step->state.slice(1, 0, frames), packed = step->packed.slice(1, 0, frames);

  // The half without guidance sees no tokens, no speaker and no prompt: zeros, as behind each clip.
  step->packed.zero_();
  step->state.zero_();
  state.copy_(start.transpose(1, 2));
  const auto batch = packed.size(0);
  for (std::int64_t half = 0; half < batch; half += clips) {
    packed.narrow(0, half, clips).slice(2, 0, bands).copy_(state);
    if (!step->lengths.defined()) continue;
    const auto own = step->lengths.narrow(0, half, clips);
    (void)(lengths.defined() ? own.copy_(lengths) : own.fill_(frames));
  }
  const auto conditioned = packed.narrow(0, 0, clips);
  conditioned.slice(2, bands, 2 * bands).copy_(mu.transpose(1, 2));
  conditioned.slice(2, 2 * bands, 3 * bands).copy_(speaker.unsqueeze(1).expand({-1, frames, -1}));
  conditioned.slice(2, 3 * bands).copy_(condition.transpose(1, 2));

  const auto solution = state.transpose(1, 2);
  std::array<GpuMark, 2> marks;
  for (int i = 0; i < steps; ++i) {
    auto& mark = marks[static_cast<std::size_t>(i % 2)];
    mark.wait();
    step->times.copy_(times[i]);
    if (step->graph)
      step->graph->replay();
    else
      advance(*step);
    mark.set();
    on_step(i, solution);
  }
  return solution.clone(at::MemoryFormat::Contiguous);
}

}  // namespace octet::s3gen
