#include "core/s3gen/captured_flow.h"

#include <ATen/ATen.h>

#include <array>

namespace octet::s3gen {

struct CapturedFlow::Step {
  at::Tensor state;   ///< fp32 [frames, 80]
  at::Tensor packed;  ///< what the estimator reads: the state and what stays, [batch, frames, 320]
  at::Tensor times;   ///< a row of times_of
  std::unique_ptr<CapturedGraph> graph;  ///< of advance(); none for clips that are not recorded
};

CapturedFlow::CapturedFlow(const Scope& scope, std::int64_t head_width, const Estimator& estimator,
                           std::shared_ptr<GraphCache> graphs)
    : estimator_(estimator), row_estimator_(scope, head_width), graphs_(std::move(graphs)) {}

CapturedFlow::~CapturedFlow() { graphs_->forget(this); }

void CapturedFlow::advance(const Step& step) const {
  const auto width = row_estimator_.time_width();
  const auto slope = row_estimator_(step.packed, step.times.slice(0, 0, width));
  row_step(slope, step.times.slice(0, width), kGuidance, {step.state, step.packed});
}

std::shared_ptr<CapturedFlow::Step> CapturedFlow::make_step(std::int64_t frames,
                                                            const at::Tensor& like) const {
  const auto exact = like.options().dtype(at::kFloat);
  const auto bands = like.size(1);
  const std::int64_t batch = estimator_.meanflow() ? 1 : 2;
  auto step = std::make_shared<Step>();
  step->state = at::zeros({frames, bands}, exact);
  step->packed = at::zeros({batch, frames, 4 * bands}, exact.dtype(row_estimator_.activations()));
  step->times = at::zeros({row_estimator_.time_width() + 1}, exact);
  if (frames <= kMostFrames) step->graph = graphs_->capture([&] { advance(*step); });
  return step;
}

const at::Tensor& CapturedFlow::times_of(int steps, const at::Tensor& like) const {
  auto& times = times_[steps];
  if (!times.defined()) {
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
    int steps, const std::function<void(int step, const at::Tensor& state)>& on_step) const {
  const auto bands = start.size(1), frames = start.size(2);
  const auto running = graphs_->lock();
  const auto times = times_of(steps, start);
  const auto step = frames <= kMostFrames
                        ? graphs_->get<Step>(this, frames, [&] { return make_step(frames, start); })
                        : make_step(frames, start);

  // The half without guidance sees no tokens, no speaker and no prompt: zeros.
  step->packed.zero_();
  step->state.copy_(start[0].t());
  step->packed.slice(2, 0, bands).copy_(step->state.unsqueeze(0).expand({step->packed.size(0), -1, -1}));
  const auto conditioned = step->packed[0];
  conditioned.slice(1, bands, 2 * bands).copy_(mu[0].t());
  conditioned.slice(1, 2 * bands, 3 * bands).copy_(speaker.expand({frames, -1}));
  conditioned.slice(1, 3 * bands).copy_(condition[0].t());

  const auto state = step->state.t().unsqueeze(0);
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
    on_step(i, state);
  }
  return state.clone(at::MemoryFormat::Contiguous);
}

}  // namespace octet::s3gen
