#include "core/checkpoint/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <utility>

#include "core/checkpoint/module_reader.h"
#include "core/checkpoint/unused_tensors.h"
#include "core/checkpoint/upstream_sizes.h"

namespace octet {
namespace {

/// Numbers in names count as numbers: "blocks.10" comes after "blocks.9".
bool natural_less(std::string_view a, std::string_view b) {
  const auto digits = [](std::string_view text) {
    return std::min(text.find_first_not_of("0123456789"), text.size());
  };
  while (!a.empty() && !b.empty()) {
    const auto a_digits = digits(a);
    const auto b_digits = digits(b);
    if (a_digits > 0 && b_digits > 0) {
      if (a_digits != b_digits) return a_digits < b_digits;
      if (const auto order = a.substr(0, a_digits).compare(b.substr(0, b_digits)); order != 0)
        return order < 0;
      a.remove_prefix(a_digits);
      b.remove_prefix(b_digits);
    } else {
      if (a.front() != b.front()) return a.front() < b.front();
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.size() < b.size();
}

template <typename T>
void append(std::vector<T>& to, std::vector<T>& from) {
  std::ranges::move(from, std::back_inserter(to));
}

/// Halved so many times, as channels are at each upsampling.
std::int64_t halved(std::int64_t extent, std::size_t times = 1) {
  return extent < 0 ? kAnyExtent : extent >> std::min<std::size_t>(times, 62);
}

bool multiple(std::int64_t extent, std::int64_t of) { return !known(extent) || extent % of == 0; }

// Each walks a component as upstream's constructors build it.

/// s3tokenizer's S3TokenizerV2.
void read_tokenizer(ModuleReader& file) {
  const std::string encoder = "tokenizer.encoder.";
  const auto width = file.size(encoder + "conv1.weight", 0);
  const auto mels = file.has("tokenizer._mel_filters") ? file.size(encoder + "conv1.weight", 1)
                                                       : upstream::kTokenizerMelBands;
  file.require(multiple(width, upstream::kTokenizerHeadWidth),
               fmt::format("{}conv1.weight has {} channels, expected a multiple of {}", encoder, width,
                           upstream::kTokenizerHeadWidth));
  file.buffer("tokenizer._mel_filters", {mels, 201});
  file.buffer("tokenizer.window", {400});
  file.conv1d(encoder + "conv1", {width, mels, 3}, Bias::yes);
  file.conv1d(encoder + "conv2", {width, width, 3}, Bias::yes);
  for (const auto& block : file.numbered(encoder + "blocks.")) {
    file.linear(block + ".attn.query", width, width, Bias::yes);
    file.linear(block + ".attn.key", width, width, Bias::no);
    file.linear(block + ".attn.value", width, width, Bias::yes);
    file.linear(block + ".attn.out", width, width, Bias::yes);
    file.conv1d(block + ".attn.fsmn_block", {width, 1, kAnyExtent}, Bias::no);
    file.layer_norm(block + ".attn_ln", width);
    file.linear(block + ".mlp.0", 4 * width, width, Bias::yes);
    file.linear(block + ".mlp.2", width, 4 * width, Bias::yes);
    file.layer_norm(block + ".mlp_ln", width);
  }
  file.linear("tokenizer.quantizer._codebook.project_down", 8, width, Bias::yes);
}

/// The residual network in front of xvector.py's CAMPPlus.
void read_speaker_head(ModuleReader& file, const std::string& head, std::int64_t planes) {
  file.conv2d(head + "conv1", {planes, 1, 3, 3});
  file.batch_norm(head + "bn1", planes);
  for (const auto* stage : {"layer1", "layer2"}) {
    const auto blocks = file.numbered(head + stage + ".");
    for (const auto& block : blocks) {
      for (const auto* i : {"1", "2"}) {
        file.conv2d(block + ".conv" + i, {planes, planes, 3, 3});
        file.batch_norm(block + ".bn" + i, planes);
      }
      // Only the first block of a stage halves the frequency axis, so only it needs a projection.
      if (block != blocks.front()) continue;
      file.conv2d(block + ".shortcut.0", {planes, planes, 1, 1});
      file.batch_norm(block + ".shortcut.1", planes);
    }
  }
  file.conv2d(head + "conv2", {planes, planes, 3, 3});
  file.batch_norm(head + "bn2", planes);
}

/// xvector.py's CAMPPlus.
void read_speaker_encoder(ModuleReader& file) {
  const std::string head = "speaker_encoder.head.", xvector = "speaker_encoder.xvector.";
  const auto planes = file.size(head + "conv1.weight", 0);
  read_speaker_head(file, head, planes);

  auto channels = file.size(xvector + "tdnn.linear.weight", 0);
  file.conv1d(xvector + "tdnn.linear", {channels, upstream::kMelBands / 8 * planes, 5}, Bias::no);
  file.batch_norm(xvector + "tdnn.nonlinear.batchnorm", channels);
  for (std::size_t i = 1; i <= upstream::kDenseDilations.size(); ++i) {
    for (const auto& layer : file.numbered(fmt::format("{}block{}.tdnnd", xvector, i), 1)) {
      const auto bottleneck = file.size(layer + ".linear1.weight", 0);
      const auto growth = file.size(layer + ".cam_layer.linear_local.weight", 0);
      file.batch_norm(layer + ".nonlinear1.batchnorm", channels);
      file.conv1d(layer + ".linear1", {bottleneck, channels, 1}, Bias::no);
      file.batch_norm(layer + ".nonlinear2.batchnorm", bottleneck);
      file.conv1d(layer + ".cam_layer.linear_local", {growth, bottleneck, 3}, Bias::no);
      file.conv1d(layer + ".cam_layer.linear1", {halved(bottleneck), bottleneck, 1}, Bias::yes);
      file.conv1d(layer + ".cam_layer.linear2", {growth, halved(bottleneck), 1}, Bias::yes);
      channels = known(channels) && known(growth) ? channels + growth : kAnyExtent;
    }
    const auto transit = fmt::format("{}transit{}", xvector, i);
    file.batch_norm(transit + ".nonlinear.batchnorm", channels);
    file.conv1d(transit + ".linear", {halved(channels), channels, 1}, Bias::no);
    channels = halved(channels);
  }
  const auto embedding = file.size(xvector + "dense.linear.weight", 0);
  file.batch_norm(xvector + "out_nonlinear.batchnorm", channels);
  file.conv1d(xvector + "dense.linear", {embedding, 2 * channels, 1}, Bias::no);
  file.batch_norm(xvector + "dense.nonlinear.batchnorm", embedding, Affine::no);
}

void read_conformer_blocks(ModuleReader& file, const std::string& prefix, std::int64_t width) {
  for (const auto& block : file.numbered(prefix)) {
    const auto attention = block + ".self_attn.";
    const auto heads = file.size(attention + "pos_bias_u", 0);
    file.require(!known(heads) || multiple(width, heads),
                 fmt::format("{}pos_bias_u has {} heads, expected a divisor of {}", attention, heads, width));
    const auto head_width = known(heads) && known(width) ? width / heads : kAnyExtent;
    file.parameter(attention + "pos_bias_u", {heads, head_width});
    file.parameter(attention + "pos_bias_v", {heads, head_width});
    for (const auto* part : {"linear_q", "linear_k", "linear_v", "linear_out"})
      file.linear(attention + part, width, width, Bias::yes);
    file.linear(attention + "linear_pos", width, width, Bias::no);
    const auto hidden = file.size(block + ".feed_forward.w_1.weight", 0);
    file.linear(block + ".feed_forward.w_1", hidden, width, Bias::yes);
    file.linear(block + ".feed_forward.w_2", width, hidden, Bias::yes);
    file.layer_norm(block + ".norm_ff", width);
    file.layer_norm(block + ".norm_mha", width);
  }
}

void read_causal_block(ModuleReader& file, const std::string& name, std::int64_t out, std::int64_t in) {
  file.conv1d(name + ".block.0", {out, in, 3}, Bias::yes);
  file.layer_norm(name + ".block.2", out);
}

/// decoder.py's ConditionalDecoder with one resolution.
void read_estimator(ModuleReader& file, const std::string& prefix) {
  const auto channels = file.size(prefix + "final_proj.weight", 1);
  const auto input = 4 * upstream::kMelBands;  // noisy mel, encoder output, speaker, prompt mel
  const auto time = 4 * channels;
  file.linear(prefix + "time_mlp.linear_1", time, input, Bias::yes);
  file.linear(prefix + "time_mlp.linear_2", time, time, Bias::yes);
  if (file.has_any(prefix + "time_embed_mixer."))
    file.linear(prefix + "time_embed_mixer", time, 2 * time, Bias::no);
  const auto unet_block = [&](const std::string& block, std::int64_t in) {
    file.linear(block + ".0.mlp.1", channels, time, Bias::yes);
    read_causal_block(file, block + ".0.block1", channels, in);
    read_causal_block(file, block + ".0.block2", channels, channels);
    file.conv1d(block + ".0.res_conv", {channels, in, 1}, Bias::yes);
    for (const auto& transformer : file.numbered(block + ".1.")) {
      const auto attention = transformer + ".attn1.";
      const auto inner = file.size(attention + "to_q.weight", 0);
      file.layer_norm(transformer + ".norm1", channels);
      for (const auto* part : {"to_q", "to_k", "to_v"})
        file.linear(attention + part, inner, channels, Bias::no);
      file.linear(attention + "to_out.0", channels, inner, Bias::yes);
      file.layer_norm(transformer + ".norm3", channels);
      file.linear(transformer + ".ff.net.0.proj", 4 * channels, channels, Bias::yes);
      file.linear(transformer + ".ff.net.2", channels, 4 * channels, Bias::yes);
    }
  };
  unet_block(prefix + "down_blocks.0", input);
  file.conv1d(prefix + "down_blocks.0.2", {channels, channels, 3}, Bias::yes);
  for (const auto& block : file.numbered(prefix + "mid_blocks.")) unet_block(block, channels);
  unet_block(prefix + "up_blocks.0", 2 * channels);
  file.conv1d(prefix + "up_blocks.0.2", {channels, channels, 3}, Bias::yes);
  read_causal_block(file, prefix + "final_block", channels, channels);
  file.conv1d(prefix + "final_proj", {upstream::kMelBands, channels, 1}, Bias::yes);
}

/// flow.py's CausalMaskedDiffWithXvec: conformer encoder, then the estimator of the flow matching.
void read_flow(ModuleReader& file) {
  const auto vocabulary = file.size("flow.input_embedding.weight", 0);
  const auto token_width = file.size("flow.input_embedding.weight", 1);
  const auto width = file.size("flow.encoder.embed.out.0.weight", 0);
  file.require(multiple(width, 2),
               fmt::format("flow.encoder.embed.out.0.weight has {} outputs, expected an even number", width));
  file.embedding("flow.input_embedding", {vocabulary, token_width});
  file.linear("flow.spk_embed_affine_layer", upstream::kMelBands, kAnyExtent, Bias::yes);
  file.linear("flow.encoder_proj", upstream::kMelBands, width, Bias::yes);

  const std::string encoder = "flow.encoder.";
  file.linear(encoder + "embed.out.0", width, token_width, Bias::yes);
  file.layer_norm(encoder + "embed.out.1", width);
  file.conv1d(encoder + "pre_lookahead_layer.conv1", {width, width, kAnyExtent}, Bias::yes);
  file.conv1d(encoder + "pre_lookahead_layer.conv2", {width, width, 3}, Bias::yes);
  read_conformer_blocks(file, encoder + "encoders.", width);
  file.conv1d(encoder + "up_layer.conv", {width, width, 5}, Bias::yes);
  file.linear(encoder + "up_embed.out.0", width, width, Bias::yes);
  file.layer_norm(encoder + "up_embed.out.1", width);
  read_conformer_blocks(file, encoder + "up_encoders.", width);
  file.layer_norm(encoder + "after_norm", width);

  read_estimator(file, "flow.decoder.estimator.");
}

/// One of hifigan.py's ResBlocks.
void read_residual_block(ModuleReader& file, const std::string& name, std::int64_t channels) {
  for (std::size_t i = 0; i < upstream::kDilations.size(); ++i)
    for (const auto* half : {"1", "2"}) {
      const auto convolution = fmt::format("{}.convs{}.{}", name, half, i);
      const auto kernel = file.weight_size(convolution, 2);
      file.require(!known(kernel) || kernel % 2 == 1,
                   fmt::format("{} has a kernel of {}, expected an odd one", convolution, kernel));
      file.weight_normed_conv1d(convolution, {channels, channels, kernel});
      file.snake(fmt::format("{}.activations{}.{}", name, half, i), channels);
    }
}

/// f0_predictor.py's ConvRNNF0Predictor.
void read_f0_predictor(ModuleReader& file, const std::string& prefix) {
  const auto channels = file.size(prefix + "classifier.weight", 1);
  // Every second module is an activation.
  const auto modules = file.numbered(prefix + "condnet.");
  for (std::size_t i = 0; i < modules.size(); i += 2)
    file.weight_normed_conv1d(modules[i], {channels, i == 0 ? upstream::kMelBands : channels, 3});
  file.linear(prefix + "classifier", 1, channels, Bias::yes);
}

/// hifigan.py's HiFTGenerator.
void read_mel2wav(ModuleReader& file) {
  const std::string root = "mel2wav.";
  const auto base = file.weight_size(root + "conv_pre", 0);
  constexpr auto kSpectrum = upstream::kVocoderFft + 2;  // magnitude and phase
  constexpr auto kStages = std::tuple_size_v<decltype(upstream::kUpsamplings)>;
  const auto after = [&](std::size_t stage) { return halved(base, stage + 1); };

  file.weight_normed_conv1d(root + "conv_pre", {base, upstream::kMelBands, 7});
  file.linear(root + "m_source.l_linear", 1, kAnyExtent, Bias::yes);
  for (std::size_t i = 0; i < kStages; ++i) {
    const auto [stride, source_stride] = upstream::kUpsamplings[i];
    const auto up = fmt::format("{}ups.{}", root, i);
    const auto kernel = file.weight_size(up, 2);
    file.require(
        !known(kernel) || (kernel >= stride && (kernel - stride) % 2 == 0),
        fmt::format("{} has a kernel of {}, expected {} and an even number more", up, kernel, stride));
    file.weight_normed_conv_transpose1d(up, {halved(base, i), after(i), kernel});
    file.conv1d(fmt::format("{}source_downs.{}", root, i),
                {after(i), kSpectrum, source_stride == 1 ? 1 : 2 * source_stride}, Bias::yes);
    read_residual_block(file, fmt::format("{}source_resblocks.{}", root, i), after(i));
  }
  const auto blocks_per_stage = (file.numbered(root + "resblocks.").size() + kStages - 1) / kStages;
  for (std::size_t i = 0; i < blocks_per_stage * kStages; ++i)
    read_residual_block(file, fmt::format("{}resblocks.{}", root, i), after(i / blocks_per_stage));
  file.weight_normed_conv1d(root + "conv_post", {kSpectrum, after(kStages - 1), 7});
  read_f0_predictor(file, root + "f0_predictor.");
}

}  // namespace

ModelReading read_model(const std::map<std::string, StoredTensor, std::less<>>& tensors,
                        const Schemes& schemes) {
  constexpr std::array<void (*)(ModuleReader&), std::size(kComponents)> kWalks{
      read_tokenizer, read_speaker_encoder, read_flow, read_mel2wav};
  ModelReading model;
  std::set<std::string_view> used;
  for (std::size_t i = 0; i < kWalks.size(); ++i) {
    ModuleReader file(tensors, schemes, kComponents[i]);
    if (!file.has_any(std::string(kComponents[i]) + ".")) continue;
    kWalks[i](file);
    if (file.used.empty()) continue;  // another model's "flow.…": nothing in it is ours
    std::ranges::sort(file.layers, natural_less, &Layer::name);
    model.components.emplace_back(kComponents[i]);
    used.merge(file.used);
    append(model.layers, file.layers);
    append(model.missing, file.missing);
    append(model.wrong, file.wrong);
    append(model.absent, file.absent);
  }
  model.meanflow = std::ranges::any_of(model.layers, [](const Layer& layer) {
    return layer.name == "flow.decoder.estimator.time_embed_mixer";
  });
  if (used.size() == tensors.size()) return model;
  const SurplusTest is_surplus(used, model.layers);
  for (const auto& [name, tensor] : tensors)
    if (!used.contains(name)) (is_surplus(name) ? model.surplus : model.unexpected).push_back(name);
  return model;
}

}  // namespace octet
