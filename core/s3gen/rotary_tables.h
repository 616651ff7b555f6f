#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace octet::s3gen {

/// How the speech tokenizer turns queries and keys by their positions.
struct RotaryTables {
  at::Tensor cosines;  ///< fp32 [positions, head width], both halves alike
  at::Tensor sines;
};
RotaryTables rotary_tables(std::int64_t positions, at::Device device);

}  // namespace octet::s3gen
