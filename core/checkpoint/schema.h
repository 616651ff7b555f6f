#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/tensor_file.h"
#include "core/quant/schemes.h"
#include "core/tensor/layer.h"

namespace octet {

/// Components in the order of upstream's state dict.
inline constexpr std::string_view kComponents[] = {"tokenizer", "speaker_encoder", "flow", "mel2wav"};

/// Suffixes that make a stored tensor of a layer's weight.
inline constexpr std::string_view kMagnitude = ".parametrizations.weight.original0";
inline constexpr std::string_view kDirection = ".parametrizations.weight.original1";

/// Suffix of what a comfy export has beside an int8 weight, for other programs.
inline constexpr std::string_view kComfyEntry = ".comfy_quant";

/// What a file's tensors are, held against what upstream's S3Token2Wav of that size is made of.
struct ModelReading {
  LayerTable layers;
  std::vector<std::string> components;  ///< those the file holds
  std::vector<std::string> missing;     ///< tensor names
  std::vector<std::string> wrong;       ///< sentences: "<tensor> is F32 [3], expected [4]"
  std::vector<std::string> surplus;     ///< tensor names: more blocks or parts of layers than are computed
  std::vector<std::string> unexpected;  ///< tensor names: nothing of the model
  std::vector<std::string> absent;      ///< optional tensors that are not there
  bool meanflow = false;
};

/// Reads the model out of tensors with canonical names. Numbers of blocks come from the indices in names,
/// sizes from key tensors; everything else has to agree with them. Int8 layers are what `schemes` says, by
/// plain rounding where it says nothing.
ModelReading read_model(const std::map<std::string, StoredTensor, std::less<>>& tensors,
                        const Schemes& schemes = {});

}  // namespace octet
