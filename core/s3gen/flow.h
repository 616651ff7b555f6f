#pragma once

#include "core/s3gen/estimator.h"
#include "core/s3gen/flow_matching.h"
#include "core/s3gen/upsample_encoder.h"

namespace octet::s3gen {

/// CausalMaskedDiffWithXvec (chatterbox flow.py): speech tokens and a voice to a mel spectrogram.
class Flow {
 public:
  /// `scope` is "flow".
  Flow(const Scope& scope, std::int64_t estimator_head_width);

  const Estimator& estimator() const { return estimator_; }

  /// tokens: int64 [1, prompt + output], below the vocabulary. Returns mu, fp32 [1, 2 * tokens, 80].
  at::Tensor encode(const at::Tensor& tokens) const;

  /// The speaker's part of the condition. embedding: raw, fp32 [1, width] -> fp32 [1, 80]
  at::Tensor project_speaker(const at::Tensor& embedding) const;

 private:
  Embedding token_table_;
  Linear speaker_projection_;
  UpsampleEncoder encoder_;
  Linear encoder_projection_;
  Estimator estimator_;
};

}  // namespace octet::s3gen
