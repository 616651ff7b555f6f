#pragma once

#include <ATen/core/Tensor.h>

#include "core/checkpoint/checkpoint.h"

namespace octet {

/// The tensor as stored, on the CPU: a view of the file, which it keeps open. It must not be written.
at::Tensor read_stored(const Checkpoint& checkpoint, std::string_view canonical_name);

/// A layer's tensor in fp32 (integers as they are), on the CPU; where the file holds just that, a view of it,
/// which must not be written. Weight norm is folded as upstream's parametrization computes it, over dim 0
/// (for ConvTranspose1d dim 0 is the input channel); int8 is multiplied by its scale. Throws Error(input)
/// naming the tensor when a floating value is not finite.
at::Tensor read_folded(const Checkpoint& checkpoint, const Layer& layer, const LayerTensor& tensor);

}  // namespace octet
