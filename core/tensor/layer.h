#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/recipe.h"

namespace octet {

/// What a layer is, as PyTorch's modules name it ("Conv1d", "Linear" …; to_string gives that spelling).
enum class LayerType {
  linear,
  conv1d,
  conv_transpose1d,
  conv2d,
  embedding,
  layer_norm,
  batch_norm,
  snake,      ///< a Snake activation's alpha
  parameter,  ///< a free parameter such as pos_bias_u
  buffer,     ///< tables that are not learned, such as the tokenizer's mel filters
};

std::string_view to_string(LayerType type);

/// One tensor of a layer after weight norm is folded.
struct LayerTensor {
  std::string name;  ///< folded full name, such as "mel2wav.ups.0.weight"
  Shape shape;
  Dtype stored = Dtype::f32;  ///< type in the file (weight-normed: that of the direction tensor)
};

/// One module of the model as people decide about it. No weights in here.
struct Layer {
  std::string name;  ///< module path in upstream's S3Token2Wav, without ".weight"
  LayerType type = LayerType::parameter;
  std::string component;               ///< "tokenizer", "speaker_encoder", "flow", "mel2wav"
  std::vector<LayerTensor> tensors;    ///< weight first where there is one
  bool weight_normed = false;          ///< stored as magnitude and direction, folded on reading
  Precision stored = Precision::fp32;  ///< precision of the weight in the file
  /// Of an int8 weight in the file: how it was made, as a recipe has it.
  Method method = Method::weight_only;
  std::string options = {};

  /// Linear, convolutions and Embedding: layers whose weight int8 can hold.
  bool quantizable() const;
  /// The tensor int8 applies to ("<name>.weight"). Requires quantizable().
  const LayerTensor& weight() const { return tensors.front(); }
  /// Output-channel axis of the weight: 1 for ConvTranspose1d, else 0.
  int scale_axis() const { return type == LayerType::conv_transpose1d ? 1 : 0; }
  /// Elements of all floating tensors, running statistics included.
  std::int64_t parameters() const;
};

/// All layers of a checkpoint in file-independent, natural order ("…10" after "…9").
using LayerTable = std::vector<Layer>;

}  // namespace octet
