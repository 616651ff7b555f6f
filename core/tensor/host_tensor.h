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

}  // namespace octet
