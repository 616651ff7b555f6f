#pragma once

#include <string>
#include <vector>

#include "core/checkpoint/upstream_sizes.h"
#include "core/s3gen/layers.h"

namespace octet::s3gen {

// The blocks of CAMPPlus by the names that upstream gives them, for all that compute it.

/// Of the head, in order: Block(scope, stride of the mel axis). `scope` is "speaker_encoder".
template <typename Block>
std::vector<Block> speaker_head_blocks(const Scope& scope) {
  std::vector<Block> blocks;
  for (const auto* layer : {"layer1", "layer2"})
    for (int i = 0; (scope / "head" / layer / i / "conv1").is_layer(); ++i)
      blocks.emplace_back(scope / "head" / layer / i, i == 0 ? 2 : 1);
  return blocks;
}

/// Behind the head: Block(scope of xvector, number from 1, dilation).
template <typename Block>
std::vector<Block> speaker_dense_blocks(const Scope& scope) {
  std::vector<Block> blocks;
  blocks.reserve(upstream::kDenseDilations.size());
  int number = 0;
  for (const auto dilation : upstream::kDenseDilations)
    blocks.emplace_back(scope / "xvector", ++number, dilation);
  return blocks;
}

/// The places of such a block's layers. `xvector` is "speaker_encoder.xvector".
inline std::vector<Scope> speaker_dense_layers(const Scope& xvector, int number) {
  std::vector<Scope> layers;
  const auto block = xvector / ("block" + std::to_string(number));
  for (int i = 1;; ++i) {
    auto layer = block / ("tdnnd" + std::to_string(i));
    if (!(layer / "linear1").is_layer()) return layers;
    layers.push_back(std::move(layer));
  }
}

}  // namespace octet::s3gen
