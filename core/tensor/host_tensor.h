#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "core/tensor/precision.h"

namespace octet {

/// A tensor in ordinary memory: fp32 or int64, row-major.
struct HostTensor {
  Shape shape;
  std::variant<std::vector<float>, std::vector<std::int64_t>> values;
};

using HostTensors = std::map<std::string, HostTensor>;

/// Of all values.
inline std::uint64_t bytes_of(const HostTensors& tensors) {
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : tensors)
    bytes += std::visit([](const auto& values) { return values.size() * sizeof(values[0]); }, tensor.values);
  return bytes;
}

}  // namespace octet
