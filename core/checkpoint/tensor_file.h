#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/held_file.h"
#include "core/tensor/precision.h"

namespace octet {

/// One tensor as it lies in a file, which it keeps open.
struct StoredTensor {
  Dtype dtype = Dtype::f32;
  Shape shape;  ///< of at most kMaxRank extents, whose product fits 64 bits
  std::shared_ptr<const HeldFile> file;
  std::uint64_t offset = 0;  ///< of its first element in the file, in bytes
  Shape strides;             ///< in elements; empty where they lie row-major in one piece

  std::uint64_t size() const;  ///< bytes of all elements; of the type `other` 0
  /// Its elements, little-endian and row-major, into `to`, which has size() bytes. Throws Error(input) naming
  /// the file when it cannot be read, or was written to since it was opened.
  void read(std::span<std::byte> to) const;
  std::vector<std::byte> read() const;
};

inline constexpr std::size_t kMaxRank = 64;

/// Tensors by name.
struct TensorFile {
  std::map<std::string, StoredTensor, std::less<>> tensors;
  std::map<std::string, std::vector<std::int64_t>> integers;  ///< lists of integers in a .pt
  std::map<std::string, std::string> metadata;                ///< safetensors' `__metadata__`; empty for .pt
  std::shared_ptr<const HeldFile> file;
};

/// Opens a safetensors or .pt file, whichever its first bytes say it is. Weights are not read.
/// Throws Error(input) naming the file, and the tensor where one is to blame; a hint for what is neither.
TensorFile open_tensor_file(const std::filesystem::path& path);
/// The same of a file that is open.
TensorFile read_tensor_file(std::shared_ptr<const HeldFile> file);

}  // namespace octet
