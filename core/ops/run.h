#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <stop_token>
#include <string>

#include "core/ops/conv_shape.h"

namespace octet {

class Conversions;

/// Sees what a layer gives, by the layer's name. It may throw to end the run.
using Probe = std::function<void(const std::string& layer, const at::Tensor& output)>;

/// Sees what a Linear, convolution or Snake is given, before it computes: the input as it takes it, and how
/// it goes over it (of Conv2d the stride is that of the first spatial axis). It may throw to end the run.
using InputTap =
    std::function<void(const std::string& layer, const at::Tensor& input, const ConvShape& shape)>;

/// What one run of a model is told, handed on from module to module: what is not a layer's own enters here.
struct Run {
  at::Device device = at::kCPU;  ///< that inputs lie on
  std::stop_token stop = {};
  Probe probe = {};                    ///< of every layer that computes; none in an ordinary run
  InputTap tap = {};                   ///< of every layer that takes an InputTap; none likewise
  Conversions* conversions = nullptr;  ///< of weights that this part of the run uses again and again, or none
  /// Of a batch whose entries are not equally long: how many rows of each count, int32 [batch] on the device.
  /// Undefined: all. What is in the rest reaches no row that counts.
  at::Tensor lengths = {};

  /// Whether somebody looks at layers, so that each is to be computed alone, as upstream has it.
  bool watched() const { return probe || tap; }
  /// A layer's input, once the tap has seen it.
  const at::Tensor& seen(const std::string& layer, const at::Tensor& input,
                         const ConvShape& shape = {}) const;
  /// A layer's output, once the probe has seen it. Throws Error(cancelled) where a stop was asked for.
  at::Tensor shown(const std::string& layer, at::Tensor output) const;
};

/// Which rows of a batch are beyond their entry's length: bool [batch, rows].
at::Tensor beyond(const at::Tensor& lengths, std::int64_t rows);

}  // namespace octet
