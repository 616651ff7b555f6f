#pragma once

#include <memory>
#include <string_view>

#include "core/checkpoint/tensor_file.h"
#include "core/held_file.h"

namespace octet {

/// Whether a file begins with the length of a header and the header's brace.
bool begins_like_safetensors(std::string_view begin);

/// Reads the header of a safetensors file and checks it against the file: header length (at most 100 MB) and
/// grammar, duplicate names, shapes, and that the tensors cover the data exactly, without gap or overlap (as
/// safetensors/src/tensor.rs does). Types newer than Octet are `other`: only who uses such a tensor minds. No
/// weight is read. Throws Error(input) naming the file, and the tensor where one is to blame.
TensorFile read_safetensors(std::shared_ptr<const HeldFile> file);

}  // namespace octet
