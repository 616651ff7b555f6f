#pragma once

#include <memory>

#include "core/checkpoint/tensor_file.h"
#include "core/held_file.h"

namespace octet {

/// Reads the header of a safetensors file and checks it against the file: header length (at most 100 MB) and
/// grammar, duplicate names, known types, shapes, and that the tensors cover the data exactly, without gap or
/// overlap (as safetensors/src/tensor.rs does). No weight is read.
/// Throws Error(input) naming the file, and the tensor where one is to blame.
TensorFile read_safetensors(std::shared_ptr<const HeldFile> file);

}  // namespace octet
