#include "core/synthesis/stage_keys.h"

#include <fmt/format.h>

#include <span>

#include "core/checkpoint/sha256.h"

namespace octet {
namespace {

/// Hashes what it is told. Each part comes with its size, so that no two lists of parts are one text.
class Key {
 public:
  Key& operator<<(std::string_view text) { return add(std::as_bytes(std::span(text))); }

  template <typename T>
  Key& operator<<(const std::vector<T>& values) {
    return add(std::as_bytes(std::span(values)));
  }

  Key& operator<<(const HostTensor& tensor) {
    *this << tensor.shape;
    std::visit([&](const auto& values) { *this << values; }, tensor.values);
    return *this;
  }

  std::string hex() { return hash_.hex(); }

 private:
  Key& add(std::span<const std::byte> bytes) {
    const std::uint64_t size = bytes.size();
    hash_.update(std::as_bytes(std::span(&size, 1)));
    hash_.update(bytes);
    return *this;
  }

  Sha256 hash_;
};

}  // namespace

LayerStage stage_of(const Layer& layer) {
  const auto under = [&](std::string_view path) { return layer.name.starts_with(path); };
  if (under("flow.decoder.") || under("flow.spk_embed_affine_layer")) return LayerStage::flow;
  if (under("flow.")) return LayerStage::encoder;
  if (under("mel2wav.f0_predictor.") || under("mel2wav.m_source.")) return LayerStage::source;
  return under("mel2wav.") ? LayerStage::vocoder : LayerStage::none;
}

StageKeys stage_keys(const SynthesisRequest& request, int steps, const LayerTable& layers,
                     const ResolvedPlan& resolved, const std::string& arithmetic) {
  const auto add_layers = [&](Key& key, LayerStage stage) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (stage_of(layers[i]) != stage) continue;
      key << layers[i].name << to_string(resolved.layers[i].effective);
    }
  };
  const auto add_noise = [&](Key& key, std::initializer_list<const char*> names) {
    for (const auto* name : names)
      if (const auto given = request.noise.find(name); given != request.noise.end())
        key << given->first << given->second;
  };
  // Activations have the base's type.
  const auto everywhere = fmt::format("{}, base {}", arithmetic, to_string(resolved.plan.base));
  StageKeys keys;

  Key encoder;
  encoder << everywhere << request.tokens << request.voice.prompt_token;
  add_layers(encoder, LayerStage::encoder);
  keys.encoder = encoder.hex();

  Key flow;
  flow << keys.encoder << request.voice.prompt_feat << request.voice.embedding
       << fmt::format("{} steps, seed {}{}", steps, request.seed,
                      request.generator == NoiseGenerator::torch ? " of torch" : "");
  add_noise(flow, {"cfm_noise", "noised_mels"});
  add_layers(flow, LayerStage::flow);
  keys.flow = flow.hex();

  Key source;
  source << keys.flow;
  add_noise(source, {"sine_phase", "sine_noise", "source"});
  add_layers(source, LayerStage::source);
  keys.source = source.hex();

  Key vocoder;
  vocoder << keys.source;
  add_layers(vocoder, LayerStage::vocoder);
  keys.vocoder = vocoder.hex();
  return keys;
}

}  // namespace octet
