#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "core/tensor/precision.h"

namespace octet {

/// One tensor as it lies in a file.
struct StoredTensor {
  Dtype dtype = Dtype::f32;
  Shape shape;
  std::span<const std::byte> bytes;  ///< little-endian, row-major; lives as long as what it was taken from
};

/// Tensors by name, and what keeps their bytes mapped.
struct TensorFile {
  std::map<std::string, StoredTensor, std::less<>> tensors;
  std::map<std::string, std::string> metadata;  ///< safetensors' `__metadata__`; empty for .pt
  std::shared_ptr<const void> storage;
  std::uint64_t bytes = 0;  ///< size of the file
};

/// Opens a safetensors or .pt file, whichever its first bytes say it is. Weights are not read.
/// Throws Error(input) naming the file, and the tensor where one is to blame; a hint for what is neither.
TensorFile open_tensor_file(const std::filesystem::path& path);

}  // namespace octet
