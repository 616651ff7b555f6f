#pragma once

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/tensor/layer.h"

namespace octet::test {

/// "a10" after "a9".
inline bool comes_naturally_before(const std::string& a, const std::string& b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (digit(a[i]) && digit(b[j])) {
      const auto x = std::stoul(a.substr(i));
      const auto y = std::stoul(b.substr(j));
      if (x != y) return x < y;
      while (i < a.size() && digit(a[i])) ++i;
      while (j < b.size() && digit(b[j])) ++j;
    } else if (a[i] != b[j]) {
      return a[i] < b[j];
    } else {
      ++i;
      ++j;
    }
  }
  return a.size() - i < b.size() - j;
}

inline LayerType type_of(const Layer& layer) {
  const auto has = [&](std::string_view end) {
    return std::any_of(layer.tensors.begin(), layer.tensors.end(),
                       [&](const auto& t) { return t.name.ends_with(end); });
  };
  if (layer.name == "tokenizer._mel_filters" || layer.name == "tokenizer.window") return LayerType::buffer;
  if (has(".running_mean")) return LayerType::batch_norm;
  if (has(".alpha")) return LayerType::snake;
  if (!has(".weight")) return LayerType::parameter;
  if (layer.name == "flow.input_embedding") return LayerType::embedding;
  switch (layer.weight().shape.size()) {
    case 1: return LayerType::layer_norm;
    case 2: return LayerType::linear;
    case 4: return LayerType::conv2d;
    default: break;
  }
  return layer.name.starts_with("mel2wav.ups.") ? LayerType::conv_transpose1d : LayerType::conv1d;
}

/// The full-size model's layers after weight norm is folded, stored as fp32, from
/// tests/data/s3gen-manifest.json.
inline LayerTable layer_table_from_manifest() {
  constexpr std::string_view kMagnitude = ".parametrizations.weight.original0";
  constexpr std::string_view kDirection = ".parametrizations.weight.original1";
  std::ifstream file(OCTET_SOURCE_DIR "/tests/data/s3gen-manifest.json");
  const auto manifest = nlohmann::json::parse(file);

  std::map<std::string, Layer> by_name;
  for (const auto& [key, shape] : manifest.at("standard").items()) {
    if (key.ends_with(kMagnitude)) continue;
    auto name = key;
    const bool weight_normed = key.ends_with(kDirection);
    if (weight_normed) name = key.substr(0, key.size() - kDirection.size()) + ".weight";
    const bool stands_alone = key == "tokenizer._mel_filters" || key == "tokenizer.window" ||
                              key.ends_with(".pos_bias_u") || key.ends_with(".pos_bias_v");
    Layer& layer = by_name[stands_alone ? name : name.substr(0, name.rfind('.'))];
    layer.weight_normed |= weight_normed;
    const auto stored = key.ends_with(".num_batches_tracked") ? Dtype::i64 : Dtype::f32;
    const LayerTensor tensor{.name = name, .shape = shape.get<Shape>(), .stored = stored};
    layer.tensors.insert(name.ends_with(".weight") ? layer.tensors.begin() : layer.tensors.end(), tensor);
  }
  LayerTable layers;
  for (auto& [name, layer] : by_name) {
    layer.name = name;
    layer.component = name.substr(0, name.find('.'));
    layer.type = type_of(layer);
    layers.push_back(std::move(layer));
  }
  std::sort(layers.begin(), layers.end(),
            [](const Layer& a, const Layer& b) { return comes_naturally_before(a.name, b.name); });
  return layers;
}

/// `layers` as a file would hold them that stores floating tensors of `component` (all but fixed tables) as
/// `precision`.
inline LayerTable stored_as(LayerTable layers, std::string_view component, Precision precision) {
  for (auto& layer : layers) {
    if (layer.component != component || layer.type == LayerType::buffer) continue;
    layer.stored = precision;
    for (auto& tensor : layer.tensors)
      if (is_floating(tensor.stored)) tensor.stored = dtype_of(precision);
  }
  return layers;
}

inline std::size_t index_of(const LayerTable& layers, std::string_view name) {
  const auto it =
      std::find_if(layers.begin(), layers.end(), [&](const Layer& layer) { return layer.name == name; });
  if (it == layers.end()) throw std::runtime_error("no layer " + std::string(name));
  return static_cast<std::size_t>(it - layers.begin());
}

}  // namespace octet::test
