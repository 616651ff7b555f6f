#include "core/plan/layer_role.h"

#include <vector>

#include "core/plan/glob.h"

namespace octet {
namespace {

struct Position {
  Glob where;
  LayerRole role;
};

/// Layers with a weight matrix, by position; the first match counts.
const std::vector<Position>& positions() {
  using enum Protection;
  static constexpr std::string_view kListed = "no rule asks for int8 here, though the seed's list has it";
  static const std::vector<Position> table{
      {Glob("tokenizer.*"), {fp32_only, "half precision changes tokens"}},

      {Glob("speaker_encoder.xvector.dense.linear"),
       {no_int8, "the final speaker embedding is the voice itself"}},
      {Glob("speaker_encoder.*.cam_layer.linear{1,2}"),
       {no_int8, "CAM attention layers scale whole channels"}},
      {Glob("speaker_encoder.*"),
       {none, "the speaker encoder is not on the seed's list; it runs once a voice"}},

      {Glob("flow.decoder.estimator.{time_mlp.*,time_embed_mixer}"),
       {no_int8, "an error in the timestep embedding enters every block"}},
      {Glob("flow.*.{attn1.to_q,attn1.to_k,attn1.to_v,attn1.to_out.*,self_attn.linear_*}"),
       {none, "attention projections are not on the seed's list"}},
      {Glob("flow.decoder.estimator.{down,mid,up}_blocks.*.mlp.*"),
       {none, "the blocks' time projections are not on the seed's list"}},
      {Glob("flow.decoder.estimator.final_*"),
       {none, "the estimator's output layers are not on the seed's list"}},
      {Glob("flow.decoder.estimator.{down,mid,up}_blocks.*"), {none, kListed}},
      {Glob("flow.encoder.{embed,up_embed}.*"),
       {none, "the encoder's input layers are not on the seed's list"}},
      {Glob("flow.encoder.{pre_lookahead_layer,up_layer,*.feed_forward}.*"), {none, kListed}},
      {Glob("flow.input_embedding"),
       {none, "the token embedding is not on the seed's list: rows are looked up"}},
      {Glob("flow.{spk_embed_affine_layer,encoder_proj}"),
       {none, "projections between components are not on the seed's list"}},

      {Glob("mel2wav.m_source.l_linear"), {fp32_only, "the source path is computed exactly"}},
      {Glob("mel2wav.source_downs.*"), {none, "the source's convolutions are not on the seed's list"}},
      {Glob("mel2wav.conv_post"), {no_int8, "its output is exponentiated before the iSTFT, errors with it"}},
      {Glob("mel2wav.conv_pre"), {none, "the vocoder's first convolution is not on the seed's list"}},
      {Glob("mel2wav.f0_predictor.classifier"), {none, "the pitch output is not on the seed's list"}},
      {Glob("mel2wav.{resblocks,source_resblocks,ups,f0_predictor.condnet}.*"), {none, kListed}},
  };
  return table;
}

}  // namespace

LayerRole role_of(const Layer& layer) {
  using enum Protection;
  if (layer.type == LayerType::buffer) return {no_int8, "a fixed table is copied as it is"};
  if (layer.component == "tokenizer") return positions().front().role;
  switch (layer.type) {
    case LayerType::layer_norm:
      return {no_int8, "norms are never int8: they set the scale of all that follows"};
    case LayerType::batch_norm:
      return {no_int8_or_fp16, "norms are never int8, and running variances can leave the range of fp16"};
    case LayerType::snake:
      return {no_int8_or_fp16, "Snake's alpha is never int8, and 1/(alpha + 1e-9) overflows fp16"};
    case LayerType::parameter: return {no_int8, "free parameters such as positional biases are never int8"};
    default: break;
  }
  for (const auto& position : positions())
    if (position.where.matches(layer.name)) return position.role;
  return {none, "this layer is in no position that Octet knows"};
}

bool permits(Protection protection, Precision precision) {
  switch (protection) {
    case Protection::none: return true;
    case Protection::no_int8: return precision != Precision::int8;
    case Protection::no_int8_or_fp16: return precision == Precision::fp32 || precision == Precision::bf16;
    case Protection::fp32_only: return precision == Precision::fp32;
  }
  return true;
}

Precision nearest_permitted(Protection protection, Precision base) {
  return permits(protection, base) ? base : Precision::fp32;
}

}  // namespace octet
