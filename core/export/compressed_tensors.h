#pragma once

#include <string>

#include "core/quant/schemes.h"

namespace octet {

/// The `quantization_config` that the compressed-tensors library reads (QuantizationConfig; in a model of
/// transformers it stands in config.json) where these layers are int8 with a scale per row: compact JSON with
/// sorted keys. Each layer is a target of its own, by name.
std::string quantization_config(const Schemes& schemes);

}  // namespace octet
