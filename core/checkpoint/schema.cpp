#include "core/checkpoint/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <set>
#include <utility>

namespace octet {
namespace {

using Tensors = std::map<std::string, StoredTensor, std::less<>>;

/// An extent that the file does not tell: anything fits. So negative that products, halves and sums with real
/// extents stay negative.
constexpr std::int64_t kAny = -(std::int64_t{1} << 40);
constexpr std::int64_t kLargestExtent = 1 << 24;
/// Indices beyond are unexpected tensors, so that one wild name does not ask for a billion blocks.
constexpr int kMostBlocks = 256;

enum class Bias { no, yes };
enum class Affine { no, yes };

Precision precision_of(Dtype dtype) {
  switch (dtype) {
    case Dtype::bf16: return Precision::bf16;
    case Dtype::f16: return Precision::fp16;
    case Dtype::i8: return Precision::int8;
    default: return Precision::fp32;
  }
}

std::string describe(const Shape& expected) {
  std::vector<std::string> extents;
  for (const auto extent : expected) extents.push_back(extent < 0 ? "?" : std::to_string(extent));
  return fmt::format("[{}]", fmt::join(extents, ", "));
}

bool fits(const Shape& actual, const Shape& expected) {
  return std::ranges::equal(actual, expected,
                            [](auto is, auto should) { return is >= 1 && (should < 0 || is == should); });
}

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
  return extent < 0 ? kAny : extent >> std::min<std::size_t>(times, 62);
}

/// Walks the model as upstream's constructors build it and notes what the file has for each module.
class ModelReader {
 public:
  explicit ModelReader(const Tensors& tensors) : tensors_(tensors) {}

  ModelReading read() {
    const std::array<void (ModelReader::*)(), std::size(kComponents)> walks{
        &ModelReader::tokenizer, &ModelReader::speaker_encoder, &ModelReader::flow, &ModelReader::mel2wav};
    ModelReading model;
    for (std::size_t i = 0; i < walks.size(); ++i) {
      component_ = kComponents[i];
      if (!has_any(std::string(component_) + ".")) continue;
      reading_ = {};
      const auto used_before = used_.size();
      (this->*walks[i])();
      if (used_.size() == used_before) continue;  // another model's "flow.…": nothing in it is ours
      std::ranges::sort(reading_.layers, natural_less, &Layer::name);
      model.components.emplace_back(component_);
      model.meanflow = model.meanflow || reading_.meanflow;
      append(model.layers, reading_.layers);
      append(model.missing, reading_.missing);
      append(model.wrong, reading_.wrong);
      append(model.absent, reading_.absent);
    }
    for (const auto& [name, tensor] : tensors_)
      if (!used_.contains(name)) model.unexpected.push_back(name);
    return model;
  }

 private:
  // ---- The model
  // -------------------------------------------------------------------------------------------------

  /// s3tokenizer's S3TokenizerV2.
  void tokenizer() {
    const std::string encoder = "tokenizer.encoder.";
    const auto width = size(encoder + "conv1.weight", 0);
    const auto mels = size(encoder + "conv1.weight", 1);
    buffer("tokenizer._mel_filters", {mels, 201});
    buffer("tokenizer.window", {400});
    conv1d(encoder + "conv1", {width, mels, 3}, Bias::yes);
    conv1d(encoder + "conv2", {width, width, 3}, Bias::yes);
    for (const auto& block : numbered(encoder + "blocks.")) {
      linear(block + ".attn.query", width, width, Bias::yes);
      linear(block + ".attn.key", width, width, Bias::no);
      linear(block + ".attn.value", width, width, Bias::yes);
      linear(block + ".attn.out", width, width, Bias::yes);
      conv1d(block + ".attn.fsmn_block", {width, 1, kAny}, Bias::no);
      layer_norm(block + ".attn_ln", width);
      linear(block + ".mlp.0", 4 * width, width, Bias::yes);
      linear(block + ".mlp.2", width, 4 * width, Bias::yes);
      layer_norm(block + ".mlp_ln", width);
    }
    linear("tokenizer.quantizer._codebook.project_down", 8, width, Bias::yes);
  }

  /// xvector.py's CAMPPlus.
  void speaker_encoder() {
    const std::string head = "speaker_encoder.head.";
    const auto planes = size(head + "conv1.weight", 0);
    conv2d(head + "conv1", {planes, 1, 3, 3});
    batch_norm(head + "bn1", planes);
    for (const auto* stage : {"layer1", "layer2"}) {
      const auto blocks = numbered(head + stage + ".");
      for (const auto& block : blocks) {
        for (const auto* i : {"1", "2"}) {
          conv2d(block + ".conv" + i, {planes, planes, 3, 3});
          batch_norm(block + ".bn" + i, planes);
        }
        // Only the first block of a stage halves the frequency axis, so only it needs a projection.
        if (block != blocks.front()) continue;
        conv2d(block + ".shortcut.0", {planes, planes, 1, 1});
        batch_norm(block + ".shortcut.1", planes);
      }
    }
    conv2d(head + "conv2", {planes, planes, 3, 3});
    batch_norm(head + "bn2", planes);

    const std::string xvector = "speaker_encoder.xvector.";
    auto channels = size(xvector + "tdnn.linear.weight", 0);
    conv1d(xvector + "tdnn.linear", {channels, 10 * planes, 5}, Bias::no);
    batch_norm(xvector + "tdnn.nonlinear.batchnorm", channels);
    int index = 0;
    for (const auto& block : numbered(xvector + "block", 1)) {
      for (const auto& layer : numbered(block + ".tdnnd", 1)) {
        const auto bottleneck = size(layer + ".linear1.weight", 0);
        const auto growth = size(layer + ".cam_layer.linear_local.weight", 0);
        batch_norm(layer + ".nonlinear1.batchnorm", channels);
        conv1d(layer + ".linear1", {bottleneck, channels, 1}, Bias::no);
        batch_norm(layer + ".nonlinear2.batchnorm", bottleneck);
        conv1d(layer + ".cam_layer.linear_local", {growth, bottleneck, 3}, Bias::no);
        conv1d(layer + ".cam_layer.linear1", {halved(bottleneck), bottleneck, 1}, Bias::yes);
        conv1d(layer + ".cam_layer.linear2", {growth, halved(bottleneck), 1}, Bias::yes);
        channels = known(channels) && known(growth) ? channels + growth : kAny;
      }
      const auto transit = fmt::format("{}transit{}", xvector, ++index);
      batch_norm(transit + ".nonlinear.batchnorm", channels);
      conv1d(transit + ".linear", {halved(channels), channels, 1}, Bias::no);
      channels = halved(channels);
    }
    const auto embedding = size(xvector + "dense.linear.weight", 0);
    batch_norm(xvector + "out_nonlinear.batchnorm", channels);
    conv1d(xvector + "dense.linear", {embedding, 2 * channels, 1}, Bias::no);
    batch_norm(xvector + "dense.nonlinear.batchnorm", embedding, Affine::no);
  }

  /// flow.py's CausalMaskedDiffWithXvec: conformer encoder, then the estimator of the flow matching.
  void flow() {
    const auto vocabulary = size("flow.input_embedding.weight", 0);
    const auto token_width = size("flow.input_embedding.weight", 1);
    const auto width = size("flow.encoder.embed.out.0.weight", 0);
    const auto mels = size("flow.encoder_proj.weight", 0);
    layer("flow.input_embedding", LayerType::embedding, {{"weight", {vocabulary, token_width}}});
    linear("flow.spk_embed_affine_layer", mels, kAny, Bias::yes);
    linear("flow.encoder_proj", mels, width, Bias::yes);

    const std::string encoder = "flow.encoder.";
    linear(encoder + "embed.out.0", width, token_width, Bias::yes);
    layer_norm(encoder + "embed.out.1", width);
    conv1d(encoder + "pre_lookahead_layer.conv1", {width, width, kAny}, Bias::yes);
    conv1d(encoder + "pre_lookahead_layer.conv2", {width, width, 3}, Bias::yes);
    conformer_blocks(encoder + "encoders.", width);
    conv1d(encoder + "up_layer.conv", {width, width, 5}, Bias::yes);
    linear(encoder + "up_embed.out.0", width, width, Bias::yes);
    layer_norm(encoder + "up_embed.out.1", width);
    conformer_blocks(encoder + "up_encoders.", width);
    layer_norm(encoder + "after_norm", width);

    estimator("flow.decoder.estimator.", mels);
  }

  void conformer_blocks(const std::string& prefix, std::int64_t width) {
    for (const auto& block : numbered(prefix)) {
      const auto attention = block + ".self_attn.";
      const auto heads = size(attention + "pos_bias_u", 0);
      const auto head_width = known(heads) && known(width) ? width / heads : kAny;
      parameter(attention + "pos_bias_u", {heads, head_width});
      parameter(attention + "pos_bias_v", {heads, head_width});
      for (const auto* part : {"linear_q", "linear_k", "linear_v", "linear_out"})
        linear(attention + part, width, width, Bias::yes);
      linear(attention + "linear_pos", width, width, Bias::no);
      const auto hidden = size(block + ".feed_forward.w_1.weight", 0);
      linear(block + ".feed_forward.w_1", hidden, width, Bias::yes);
      linear(block + ".feed_forward.w_2", width, hidden, Bias::yes);
      layer_norm(block + ".norm_ff", width);
      layer_norm(block + ".norm_mha", width);
    }
  }

  /// decoder.py's ConditionalDecoder with one resolution.
  void estimator(const std::string& prefix, std::int64_t mels) {
    const auto channels = size(prefix + "final_proj.weight", 1);
    const auto input = 4 * mels;  // noisy mel, encoder output, speaker, prompt mel
    const auto time = 4 * channels;
    linear(prefix + "time_mlp.linear_1", time, input, Bias::yes);
    linear(prefix + "time_mlp.linear_2", time, time, Bias::yes);
    if (has_any(prefix + "time_embed_mixer.")) {
      reading_.meanflow = true;
      linear(prefix + "time_embed_mixer", time, 2 * time, Bias::no);
    }
    const auto unet_block = [&](const std::string& block, std::int64_t in) {
      linear(block + ".0.mlp.1", channels, time, Bias::yes);
      causal_block(block + ".0.block1", channels, in);
      causal_block(block + ".0.block2", channels, channels);
      conv1d(block + ".0.res_conv", {channels, in, 1}, Bias::yes);
      for (const auto& transformer : numbered(block + ".1.")) {
        const auto attention = transformer + ".attn1.";
        const auto inner = size(attention + "to_q.weight", 0);
        layer_norm(transformer + ".norm1", channels);
        for (const auto* part : {"to_q", "to_k", "to_v"}) linear(attention + part, inner, channels, Bias::no);
        linear(attention + "to_out.0", channels, inner, Bias::yes);
        layer_norm(transformer + ".norm3", channels);
        linear(transformer + ".ff.net.0.proj", 4 * channels, channels, Bias::yes);
        linear(transformer + ".ff.net.2", channels, 4 * channels, Bias::yes);
      }
    };
    unet_block(prefix + "down_blocks.0", input);
    conv1d(prefix + "down_blocks.0.2", {channels, channels, 3}, Bias::yes);
    for (const auto& block : numbered(prefix + "mid_blocks.")) unet_block(block, channels);
    unet_block(prefix + "up_blocks.0", 2 * channels);
    conv1d(prefix + "up_blocks.0.2", {channels, channels, 3}, Bias::yes);
    causal_block(prefix + "final_block", channels, channels);
    conv1d(prefix + "final_proj", {mels, channels, 1}, Bias::yes);
  }

  void causal_block(const std::string& name, std::int64_t out, std::int64_t in) {
    conv1d(name + ".block.0", {out, in, 3}, Bias::yes);
    layer_norm(name + ".block.2", out);
  }

  /// hifigan.py's HiFTGenerator with f0_predictor.py's ConvRNNF0Predictor.
  void mel2wav() {
    const std::string root = "mel2wav.";
    const auto base = weight_size(root + "conv_pre", 0);
    const auto mels = weight_size(root + "conv_pre", 1);
    const auto spectrum = weight_size(root + "conv_post", 0);  // n_fft + 2: magnitude and phase
    const auto after = [&](std::size_t stage) { return halved(base, stage + 1); };

    weight_normed_conv1d(root + "conv_pre", {base, mels, 7});
    linear(root + "m_source.l_linear", 1, kAny, Bias::yes);
    const auto ups = numbered(root + "ups.");
    for (std::size_t i = 0; i < ups.size(); ++i) {
      weighted(ups[i], LayerType::conv_transpose1d, {halved(base, i), after(i), kAny}, after(i));
      const auto source_down = fmt::format("{}source_downs.{}", root, i);
      conv1d(source_down, {after(i), spectrum, kAny}, Bias::yes);
      residual_block(fmt::format("{}source_resblocks.{}", root, i), after(i));
    }
    const auto found = numbered(root + "resblocks.").size();
    const auto kernels = ups.empty() ? 0 : (found + ups.size() - 1) / ups.size();
    for (std::size_t i = 0; i < kernels * ups.size(); ++i)
      residual_block(fmt::format("{}resblocks.{}", root, i), after(i / kernels));
    weight_normed_conv1d(root + "conv_post", {spectrum, ups.empty() ? kAny : after(ups.size() - 1), 7});

    const std::string f0 = root + "f0_predictor.";
    const auto f0_channels = size(f0 + "classifier.weight", 1);
    for (const auto* i : {"0", "2", "4", "6", "8"})
      weight_normed_conv1d(f0 + "condnet." + i, {f0_channels, i[0] == '0' ? mels : f0_channels, 3});
    linear(f0 + "classifier", 1, f0_channels, Bias::yes);
  }

  void residual_block(const std::string& name, std::int64_t channels) {
    const auto dilations = numbered(name + ".convs1.").size();
    for (std::size_t i = 0; i < std::max<std::size_t>(dilations, 1); ++i)
      for (const auto* half : {"1", "2"}) {
        weight_normed_conv1d(fmt::format("{}.convs{}.{}", name, half, i), {channels, channels, kAny});
        layer(fmt::format("{}.activations{}.{}", name, half, i), LayerType::snake, {{"alpha", {channels}}});
      }
  }

  // ---- Modules
  // ---------------------------------------------------------------------------------------------------

  struct Part {
    std::string_view name;
    Shape shape;
  };

  void linear(const std::string& name, std::int64_t out, std::int64_t in, Bias bias) {
    dense(name, LayerType::linear, {out, in}, bias);
  }
  void conv1d(const std::string& name, Shape weight, Bias bias) {
    dense(name, LayerType::conv1d, std::move(weight), bias);
  }
  void conv2d(const std::string& name, Shape weight) {
    dense(name, LayerType::conv2d, std::move(weight), Bias::no);
  }
  void dense(const std::string& name, LayerType type, Shape weight, Bias bias) {
    const auto out = weight[0];
    std::vector<Part> parts{{"weight", std::move(weight)}};
    if (bias == Bias::yes) parts.push_back({"bias", {out}});
    layer(name, type, parts);
  }
  void layer_norm(const std::string& name, std::int64_t width) {
    layer(name, LayerType::layer_norm, {{"weight", {width}}, {"bias", {width}}});
  }
  void batch_norm(const std::string& name, std::int64_t channels, Affine affine = Affine::yes) {
    std::vector<Part> parts;
    if (affine == Affine::yes) parts = {{"weight", {channels}}, {"bias", {channels}}};
    parts.push_back({"running_mean", {channels}});
    parts.push_back({"running_var", {channels}});
    parts.push_back({"num_batches_tracked", {}});
    layer(name, LayerType::batch_norm, parts);
  }

  void weight_normed_conv1d(const std::string& name, Shape weight) {
    const auto out = weight[0];
    weighted(name, LayerType::conv1d, std::move(weight), out);
  }
  /// A convolution with weight norm, in two parts or folded.
  void weighted(const std::string& name, LayerType type, const Shape& weight, std::int64_t out) {
    if (has(name + ".weight")) return layer(name, type, {{"weight", weight}, {"bias", {out}}});
    Layer made = new_layer(name, type);
    made.weight_normed = true;
    Shape magnitude(weight.size(), 1);
    magnitude[0] = weight[0];
    expect_floating(name + std::string(kMagnitude), magnitude);
    if (const auto* direction = expect_floating(name + std::string(kDirection), weight))
      made.tensors.push_back({name + ".weight", direction->shape, direction->dtype});
    add_part(made, name + ".bias", {out});
    finish(std::move(made));
  }

  void parameter(const std::string& name, Shape shape) {
    Layer made = new_layer(name, LayerType::parameter);
    add_part(made, name, std::move(shape));
    finish(std::move(made));
  }
  /// Recreated by upstream when absent.
  void buffer(const std::string& name, Shape shape) {
    if (!has(name)) {
      reading_.absent.push_back(name);
      return;
    }
    Layer made = new_layer(name, LayerType::buffer);
    add_part(made, name, std::move(shape));
    finish(std::move(made));
  }
  void layer(const std::string& name, LayerType type, const std::vector<Part>& parts) {
    Layer made = new_layer(name, type);
    for (const auto& part : parts) add_part(made, fmt::format("{}.{}", name, part.name), part.shape);
    finish(std::move(made));
  }

  Layer new_layer(const std::string& name, LayerType type) const {
    Layer made;
    made.name = name;
    made.type = type;
    made.component = component_;
    return made;
  }
  void add_part(Layer& made, const std::string& name, const Shape& shape) {
    const auto* tensor = expect(name, shape);
    if (!tensor) return;
    if (tensor->dtype == Dtype::i8 && made.quantizable() && name.ends_with(".weight"))
      expect_scale(made, name, tensor->shape);
    else
      check_type(name, *tensor);
    made.tensors.push_back({name, tensor->shape, tensor->dtype});
  }
  void finish(Layer made) {
    if (made.tensors.empty()) return;
    made.stored = precision_of(made.tensors.front().stored);
    reading_.layers.push_back(std::move(made));
  }

  /// An int8 weight has one fp32 scale per output channel, of the weight's rank.
  void expect_scale(const Layer& made, const std::string& weight_name, const Shape& weight) {
    const auto axis = static_cast<std::size_t>(made.scale_axis());
    Shape shape(weight.size(), 1);
    if (axis < weight.size()) shape[axis] = weight[axis];
    const auto name = weight_name + "_scale";
    const auto* scale = expect(name, shape);
    if (scale && scale->dtype != Dtype::f32)
      reading_.wrong.push_back(fmt::format("{} is {}, expected F32", name, to_string(scale->dtype)));
  }

  // ---- Tensors
  // ---------------------------------------------------------------------------------------------------

  static bool known(std::int64_t extent) { return extent >= 0; }
  bool has(const std::string& name) const { return tensors_.contains(name); }
  bool has_any(const std::string& prefix) const {
    const auto first = tensors_.lower_bound(prefix);
    return first != tensors_.end() && first->first.starts_with(prefix);
  }

  std::int64_t size(const std::string& name, std::size_t dim) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end() || dim >= found->second.shape.size()) return kAny;
    const auto extent = found->second.shape[dim];
    return extent >= 1 && extent <= kLargestExtent ? extent : kAny;
  }
  std::int64_t weight_size(const std::string& name, std::size_t dim) const {
    const auto direction = name + std::string(kDirection);
    return size(has(direction) ? direction : name + ".weight", dim);
  }

  /// prefix + first … prefix + the largest number that follows `prefix` in a name; at least one.
  std::vector<std::string> numbered(const std::string& prefix, int first = 0) const {
    int last = first;
    for (auto it = tensors_.lower_bound(prefix); it != tensors_.end() && it->first.starts_with(prefix);
         ++it) {
      const auto* begin = it->first.data() + prefix.size();
      int number = 0;
      const auto [end, error] = std::from_chars(begin, it->first.data() + it->first.size(), number);
      if (error == std::errc() && *end == '.' && number < kMostBlocks) last = std::max(last, number);
    }
    std::vector<std::string> names;
    for (int i = first; i <= last; ++i) names.push_back(prefix + std::to_string(i));
    return names;
  }

  /// The tensor, if it is there with the right shape; otherwise a note.
  const StoredTensor* expect(const std::string& name, const Shape& shape) {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) {
      reading_.missing.push_back(name);
      return nullptr;
    }
    used_.insert(found->first);
    if (!fits(found->second.shape, shape)) {
      reading_.wrong.push_back(
          fmt::format("{} is {}, expected {}", name, found->second.shape, describe(shape)));
      return nullptr;
    }
    return &found->second;
  }
  const StoredTensor* expect_floating(const std::string& name, const Shape& shape) {
    const auto* tensor = expect(name, shape);
    if (tensor) check_type(name, *tensor);
    return tensor;
  }
  void check_type(const std::string& name, const StoredTensor& tensor) {
    const bool counter = name.ends_with(".num_batches_tracked");
    const bool right =
        counter ? tensor.dtype == Dtype::i64 || tensor.dtype == Dtype::i32 : is_floating(tensor.dtype);
    if (!right)
      reading_.wrong.push_back(fmt::format("{} is {}, expected {}", name, to_string(tensor.dtype),
                                           counter ? "I64" : "F32, BF16 or F16"));
  }

  const Tensors& tensors_;
  std::string_view component_;
  ModelReading reading_;
  std::set<std::string_view> used_;
};

}  // namespace

ModelReading read_model(const Tensors& tensors) { return ModelReader(tensors).read(); }

}  // namespace octet
