#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "core/tensor/input_rounding.h"

namespace octet {

class WeightSlot;

/// A weight in the type it is computed from: fp32, bf16 or fp16.
struct DenseWeight {
  at::Tensor values;
  std::shared_ptr<WeightSlot> slot = {};  ///< where another weight may take its place
};

/// Symmetric int8 per output channel: W = values * scale.
struct Int8Weight {
  at::Tensor values;  ///< int8, the weight's shape
  at::Tensor scale;   ///< fp32, the weight's rank, 1 everywhere but on the output-channel axis
};

/// Int8 with a scale, and where asymmetric a zero point, for each group of inputs of an output channel:
/// W = (values - zero_point) * scale (docs/formats.md, "Groups and zero points").
struct GroupedInt8Weight {
  at::Tensor values;      ///< int8, the weight's shape
  at::Tensor scale;       ///< fp32 [channels, groups]
  at::Tensor zero_point;  ///< int8 [channels, groups]; undefined where symmetric
  int channel_axis = 0;
  std::int64_t group = 0;  ///< inputs, kernel included, that a scale is for; 0: all of a channel
};

/// Integers that are multiplied with inputs which are rounded to int8 at run time, too.
struct DynamicInt8Weight {
  Int8Weight integers;
  InputRounding rounding = {};
  /// int8 [inputs]; of a convolution [channels that an output sees]: 1 for those whose numbers are multiplied
  /// as they are, whatever comes. Undefined where the rounding alone says so.
  at::Tensor outliers = {};
};

/// What a layer computes with. Immutable once made; shared between runs.
using Weight = std::variant<DenseWeight, Int8Weight, GroupedInt8Weight, DynamicInt8Weight>;

/// The memory that is computed with where a weight is, so that recorded work reads another one from there.
class WeightSlot {
 public:
  using Refill = std::function<void(const Weight&)>;

  /// `refill` puts a weight of the same shape into memory that was made of the first one.
  void add(Refill refill) { refills_.push_back(std::move(refill)); }
  void fill(const Weight& weight) const {
    for (const auto& refill : refills_) refill(weight);
  }

 private:
  std::vector<Refill> refills_;
};

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
