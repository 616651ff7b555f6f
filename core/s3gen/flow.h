#pragma once

#include <optional>

#include "core/s3gen/captured_flow.h"
#include "core/s3gen/estimator.h"
#include "core/s3gen/flow_matching.h"
#include "core/s3gen/upsample_encoder.h"

namespace octet::s3gen {

/// CausalMaskedDiffWithXvec (chatterbox flow.py): speech tokens and a voice to a mel spectrogram.
class Flow {
 public:
  /// `scope` is "flow".
  Flow(const Scope& scope, std::int64_t estimator_head_width);
  ~Flow();
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  const Estimator& estimator() const { return estimator_; }

  /// Longer clips, and batches of more, are not recorded, which would keep their memory.
  static constexpr std::int64_t kMostTokens = 1500, kMostTogether = 20'000;

  /// tokens: int64 [clips, prompt + output], below the vocabulary; the run's lengths are in tokens. Returns
  /// mu, fp32 [clips, 2 * tokens, 80].
  at::Tensor encode(const at::Tensor& tokens, const Run& run) const;

  /// The mel spectrograms of prompt and output, as solve_flow makes them (on a GPU CapturedFlow does, unless
  /// a probe is to see the layers).
  at::Tensor solve(const at::Tensor& start, const at::Tensor& mu, const at::Tensor& speaker,
                   const at::Tensor& condition, int steps, const Run& run,
                   const std::function<void(int step, const at::Tensor& state)>& on_step) const;

  /// The speaker's part of the condition. embedding: raw, fp32 [clips, width] -> fp32 [clips, 80]
  at::Tensor project_speaker(const at::Tensor& embedding, const Run& run) const;

 private:
  struct Encoding;
  at::Tensor encode(const at::Tensor& tokens, const UpsampleEncoder::Positions& positions,
                    const Run& run) const;

  Embedding token_table_;
  Linear speaker_projection_;
  UpsampleEncoder encoder_;
  Linear encoder_projection_;
  Estimator estimator_;
  std::shared_ptr<GraphCache> graphs_;
  at::TensorOptions position_options_;
  bool fills_up_;
  std::optional<CapturedFlow> captured_;
};

}  // namespace octet::s3gen
