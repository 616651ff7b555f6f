#pragma once

#include <memory>
#include <span>

#include "core/progress.h"

namespace octet {

/// DistillMOS (Stahl and Gamper 2025, "Distillation and Pruning for Scalable Self-Supervised
/// Representation-Based Speech Quality Assessment"), as PyPI's distillmos 0.9.1 has it: what listeners would
/// say of all of a sound, learned from a larger network that heard many kinds of speech and damage. Weights
/// are in fp16 (resources/distillmos), which moves scores by less than 0.001. At 16 kHz; an alarm, never a
/// verdict.
class DistillMos {
 public:
  /// Throws Error(input) where the weights are missing or damaged.
  DistillMos();
  ~DistillMos();

  /// 1 to 5, the mean over segments of 7.68 s, as few as begin a second or less apart and reach from end to
  /// end; silence is put behind a shorter sound. Any rate: resampled to 16 kHz as the model's input is. NaN
  /// of an empty sound. Throws Error(input) where a sample is not finite. Segments are taken one after the
  /// other, a second of a core each. Reports and stops by segments.
  double operator()(std::span<const float> sound, int sample_rate, const JobControl& control) const;

 private:
  struct Network;
  std::unique_ptr<const Network> network_;
};

}  // namespace octet
