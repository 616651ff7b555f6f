#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

#include "core/checkpoint/tensor_file.h"

namespace octet {

/// A stored tensor, read into memory on the CPU. Throws Error(input) naming the file.
at::Tensor as_tensor(const StoredTensor& stored);

/// All tensors of a safetensors or .pt file, such as conditioning or tokens, on the CPU and free to be
/// written. Nested .pt dicts give dotted names ("gen.embedding"), a .pt that is one tensor gives "". Throws
/// Error(input) naming the file, and the tensor where one is to blame.
std::map<std::string, at::Tensor> read_tensors(const std::filesystem::path& path);

}  // namespace octet
