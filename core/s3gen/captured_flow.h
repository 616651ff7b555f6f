#pragma once

#include <map>
#include <memory>

#include "core/kernels/captured_graph.h"
#include "core/s3gen/flow_matching.h"
#include "core/s3gen/row_estimator.h"

namespace octet::s3gen {

/// solve_flow on a GPU: a step is recorded once for a number of clips and the longest one's length in whole
/// seconds, and launched for every step.
class CapturedFlow {
 public:
  /// Longer clips, and batches of more, keep the GPU busy without being recorded, which would keep their
  /// memory.
  static constexpr std::int64_t kMostFrames = 3000, kMostTogether = 40'000;

  /// `scope` is "flow.decoder.estimator", which `estimator` was made from.
  CapturedFlow(const Scope& scope, std::int64_t head_width, const Estimator& estimator,
               std::shared_ptr<GraphCache> graphs);
  ~CapturedFlow();

  /// As solve_flow; lengths: int32 [clips], or undefined. The GPU is up to two steps behind `on_step`, whose
  /// state changes after the call.
  at::Tensor operator()(const at::Tensor& start, const at::Tensor& mu, const at::Tensor& speaker,
                        const at::Tensor& condition, int steps, const at::Tensor& lengths,
                        const std::function<void(int step, const at::Tensor& state)>& on_step) const;

 private:
  struct Step;
  std::shared_ptr<Step> make_step(at::IntArrayRef shape, const at::TensorOptions& options,
                                  bool filled_up) const;
  /// The one that serves clips like these; `ragged` ones are not all as long as the longest.
  std::shared_ptr<Step> step_for(const at::Tensor& start, bool ragged) const;
  void advance(const Step& step) const;
  const at::Tensor& times_of(int steps, const at::Tensor& like) const;

  const Estimator& estimator_;
  RowEstimator row_estimator_;
  bool fills_up_;
  bool refillable_;  ///< what is made of weights once may be another later
  std::shared_ptr<GraphCache> graphs_;
  mutable std::map<int, at::Tensor>
      times_;  ///< by steps: fp32 [steps, time width + 1], what a step takes last
};

}  // namespace octet::s3gen
