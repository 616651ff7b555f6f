#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "core/checkpoint/checkpoint.h"
#include "core/tensor/weight.h"

namespace octet {

// What is read is checked: every function but read_stored throws Error(input) naming the file, the tensor and
// what is wrong with its values, as fault_of says it. All throw Error(input) when the file was written to
// since it was opened.

/// The tensor as stored, unchecked, read into memory on the CPU.
at::Tensor read_stored(const Checkpoint& checkpoint, std::string_view canonical_name);

/// A layer's tensor in fp32 (integers as they are), on the CPU. Weight norm is folded
/// (core/checkpoint/weight_norm.h) over dim 0, which for ConvTranspose1d is the input channel; int8 is
/// multiplied by its scale.
at::Tensor read_folded(const Checkpoint& checkpoint, const Layer& layer, const LayerTensor& tensor);

/// The same in the type it is to be held in: fp32, bf16 or fp16, rounded to nearest even (integers as they
/// are). A value that this type cannot hold is an error, too.
at::Tensor read_as(const Checkpoint& checkpoint, const Layer& layer, const LayerTensor& tensor, Dtype dtype);
/// Of values that take the place of the tensor's, fp32 on the CPU.
at::Tensor held_as(const at::Tensor& values, const Checkpoint& checkpoint, const Layer& layer,
                   const LayerTensor& tensor, Dtype dtype);

/// The int8 weight as the file holds it. Requires layer.stored == int8.
Weight read_stored_int8(const Checkpoint& checkpoint, const Layer& layer);

/// What is wrong with the values that the file holds for a tensor of a layer, in a sentence that begins with
/// the stored tensor's name; empty when nothing is. Floating values have to be finite (in fp32, too), running
/// variances not negative, int8 weights within ±127, and their scales such as quantization makes them:
/// positive, neither subnormal nor so large that the weight would not be finite.
std::string fault_of(const Checkpoint& checkpoint, const Layer& layer, const LayerTensor& tensor);

}  // namespace octet
