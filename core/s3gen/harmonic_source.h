#pragma once

#include "core/s3gen/format.h"
#include "core/s3gen/layers.h"

namespace octet::s3gen {

/// Random draws of the source, made outside so that they can be repeated.
struct SourceNoise {
  at::Tensor phase;  ///< fp32 [1, harmonics + 1, 1], uniform in [-pi, pi); the first row counts as 0
  at::Tensor noise;  ///< fp32 [1, harmonics + 1, samples], normal
};

/// SourceModuleHnNSF (chatterbox hifigan.py): harmonics of f0 plus noise. Exact in every plan.
class HarmonicSource {
 public:
  /// `scope` is "mel2wav.m_source".
  explicit HarmonicSource(const Scope& scope) : merge_(scope / "l_linear") {}

  static constexpr std::int64_t kMostAtOnce = 1500;  ///< frames: half a minute

  /// f0: Hz, fp32 [1, frames] -> fp32 [1, 1, 480 * frames] in (-1, 1). Made of `at_once` frames after the
  /// other, with the phase carried on.
  at::Tensor operator()(const at::Tensor& f0, const SourceNoise& noise, const Run& run,
                        std::int64_t at_once = kMostAtOnce) const;

  /// Harmonics above f0, plus one.
  std::int64_t waves() const { return merge_.in_features(); }
  const Linear& merge() const { return merge_; }

 private:
  Linear merge_;
};

}  // namespace octet::s3gen
