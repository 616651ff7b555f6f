#pragma once

#include <map>
#include <memory>

#include "core/kernels/captured_graph.h"
#include "core/s3gen/flow_matching.h"
#include "core/s3gen/row_estimator.h"

namespace octet::s3gen {

/// solve_flow on a GPU: a step is recorded once for a length and launched for every step.
class CapturedFlow {
 public:
  /// Longer clips keep the GPU busy without being recorded, which would keep their memory.
  static constexpr std::int64_t kMostFrames = 3000;

  /// `scope` is "flow.decoder.estimator", which `estimator` was made from.
  CapturedFlow(const Scope& scope, std::int64_t head_width, const Estimator& estimator,
               std::shared_ptr<GraphCache> graphs);
  ~CapturedFlow();

  /// As solve_flow of one clip. The GPU is up to two steps behind `on_step`, whose state changes after the
  /// call.
  at::Tensor operator()(const at::Tensor& start, const at::Tensor& mu, const at::Tensor& speaker,
                        const at::Tensor& condition, int steps,
                        const std::function<void(int step, const at::Tensor& state)>& on_step) const;

 private:
  struct Step;
  std::shared_ptr<Step> make_step(std::int64_t frames, const at::Tensor& like) const;
  void advance(const Step& step) const;
  const at::Tensor& times_of(int steps, const at::Tensor& like) const;

  const Estimator& estimator_;
  RowEstimator row_estimator_;
  std::shared_ptr<GraphCache> graphs_;
  mutable std::map<int, at::Tensor>
      times_;  ///< by steps: fp32 [steps, time width + 1], what a step takes last
};

}  // namespace octet::s3gen
