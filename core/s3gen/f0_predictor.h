#pragma once

#include <vector>

#include "core/s3gen/layers.h"

namespace octet::s3gen {

/// ConvRNNF0Predictor (chatterbox f0_predictor.py). Activations are fp32 in every plan: the phase of the
/// source sums f0 over the whole clip, so that a rounding of f0 is heard as a detuned, drifting voice.
class F0Predictor {
 public:
  /// `scope` is "mel2wav.f0_predictor".
  explicit F0Predictor(const Scope& scope);

  /// mel: fp32 [1, 80, frames] -> f0 in Hz, fp32 [1, frames]
  at::Tensor operator()(const at::Tensor& mel, const Run& run) const;

  const std::vector<Conv1d>& convs() const { return convs_; }
  const Linear& classifier() const { return classifier_; }

 private:
  std::vector<Conv1d> convs_;
  Linear classifier_;
};

}  // namespace octet::s3gen
