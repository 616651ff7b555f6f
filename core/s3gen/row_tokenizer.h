#pragma once

#include <vector>

#include "core/ops/hearing_ops.h"
#include "core/ops/row_ops.h"
#include "core/s3gen/layers.h"
#include "core/s3gen/rotary_tables.h"

namespace octet::s3gen {

/// SpeechTokenizer::encode_window as GPUs like it: rows, products that can be recorded. fp32.
class RowTokenizer {
 public:
  /// `scope` is "tokenizer". The tables are those of all its positions.
  RowTokenizer(const Scope& scope, const RotaryTables& rotary);

  /// mel: fp32 [mels, frames] -> int64 [tokens]
  at::Tensor operator()(const at::Tensor& mel) const;

 private:
  struct Block {
    explicit Block(const Scope& scope);
    at::Tensor operator()(const at::Tensor& x, const RotaryTables& rotary) const;

    RowNorm attention_norm;
    RowProduct query;
    RowProduct key;
    RowProduct value;
    at::Tensor memory;  ///< [taps, channels]
    Weight out;
    at::Tensor out_bias;
    RowProduct mlp_in;
    RowProduct mlp_out;
  };
  /// Three taps, two rows apart.
  struct Convolution {
    explicit Convolution(const Scope& scope);
    at::Tensor operator()(const at::Tensor& x) const;

    Weight weight;
    at::Tensor bias;
  };

  RotaryTables rotary_;  ///< scaled as queries and keys both are
  Convolution conv1_;
  Convolution conv2_;
  std::vector<Block> blocks_;
  RowProduct project_down_;
  at::Tensor powers_;  ///< of three
};

}  // namespace octet::s3gen
