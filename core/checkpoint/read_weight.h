#pragma once

#include <ATen/core/Tensor.h>

#include "core/checkpoint/checkpoint.h"

namespace octet {

/// The tensor as stored, read into memory on the CPU. Throws Error(input) when the file was written to since
/// it was opened.
at::Tensor read_stored(const Checkpoint& checkpoint, std::string_view canonical_name);

/// A layer's tensor in fp32 (integers as they are), on the CPU. Weight norm is folded as upstream's
/// parametrization computes it, over dim 0 (for ConvTranspose1d dim 0 is the input channel); int8 is
/// multiplied by its scale. Throws Error(input) naming the tensor when a floating value is not finite.
at::Tensor read_folded(const Checkpoint& checkpoint, const Layer& layer, const LayerTensor& tensor);

}  // namespace octet
