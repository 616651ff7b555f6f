#pragma once

#include <cstdint>

namespace octet {

/// How a convolution goes over its input, as PyTorch's modules call it.
struct ConvShape {
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
};

}  // namespace octet
