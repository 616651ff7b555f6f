#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/atomic_file.h"
#include "core/progress.h"
#include "core/tensor/precision.h"

namespace octet {

/// A tensor to be written; its bytes are asked for when their turn comes.
struct TensorSource {
  std::string name;
  Dtype dtype = Dtype::f32;
  Shape shape;
  std::function<void(const ByteSink&)>
      produce;  ///< hands over exactly the tensor's bytes, in any number of pieces
};

/// Bytes the file will have. `produce` is not called.
std::uint64_t predicted_size(std::span<const TensorSource> tensors,
                             const std::map<std::string, std::string>& metadata);

/// Writes a safetensors file as the safetensors library lays it out: types from I64 down to BOOL, then by
/// name; header padded to 8 bytes; metadata keys sorted. The same content gives the same bytes. Atomic
/// (write_file_atomically); never holds more than one piece. Reports each tensor to `job`. Throws
/// Error(output) naming path and reason, Error(cancelled), and whatever `produce` throws.
void write_safetensors(const std::filesystem::path& path, std::vector<TensorSource> tensors,
                       const std::map<std::string, std::string>& metadata, const JobControl& job);

}  // namespace octet
