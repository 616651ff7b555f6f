#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <variant>

namespace octet {

/// A weight in the type it is computed from: fp32, bf16 or fp16.
struct DenseWeight {
  at::Tensor values;
};

/// Symmetric int8 per output channel: W = values * scale.
struct Int8Weight {
  at::Tensor values;  ///< int8, the weight's shape
  at::Tensor scale;   ///< fp32, the weight's rank, 1 everywhere but on the output-channel axis
};

/// What a layer computes with. Immutable once made; shared between runs.
using Weight = std::variant<DenseWeight, Int8Weight>;

/// To visit a weight with: one function for each kind, none for all. So a new kind does not compile until
/// every place has one for it.
template <typename... Functions>
struct ForEachKind : Functions... {
  using Functions::operator()...;
};

/// Bytes the weight holds on its device.
std::size_t bytes(const Weight& weight);

/// Extents of the weight itself, however it is held.
at::IntArrayRef shape_of(const Weight& weight);

/// The same weight on another device.
Weight moved(const Weight& weight, at::Device device);

}  // namespace octet
