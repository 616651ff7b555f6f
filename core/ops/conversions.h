#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace octet {

/// Weights in the types that they are computed in, kept for as long as it lives: for work that uses them
/// again and again, such as the steps of the flow. Not for several threads.
class Conversions {
 public:
  /// What is converted once `most_bytes` are kept is converted at every use.
  explicit Conversions(std::uint64_t most_bytes) : left_(most_bytes) {}

  /// The weight of `owner` in `type`: what was kept, else what `convert()` makes.
  at::Tensor get(const void* owner, at::ScalarType type, const std::function<at::Tensor()>& convert);
  /// Keeps what was converted elsewhere; whether there was room.
  bool keep(const void* owner, const at::Tensor& converted);

 private:
  std::uint64_t left_;
  std::map<std::pair<const void*, at::ScalarType>, at::Tensor> kept_;
};

}  // namespace octet
