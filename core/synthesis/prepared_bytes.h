#pragma once

#include <cstdint>

#include "core/kernels/device.h"
#include "core/tensor/layer.h"
#include "core/tensor/recipe.h"

namespace octet {

/// Bytes that operations keep of a layer beside its weight, as they compute with it in another order or type:
/// on a GPU the vocoder's convolutions in fp16 terms, the speaker encoder's with norms within them, and
/// convolutions as rows; on the CPU convolutions whose inputs are rounded. Rounded up.
std::uint64_t prepared_bytes(const Layer& layer, const Recipe& recipe, Device::Kind device);

}  // namespace octet
