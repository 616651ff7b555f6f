#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <limits>
#include <span>

#include "core/dsp/stft.h"

namespace octet {

/// What a measure returns where it is not defined.
inline constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// The part two signals have in common, from their starts: both [1, samples], fp64.
struct SignalPair {
  at::Tensor reference;
  at::Tensor test;

  SignalPair(std::span<const float> reference, std::span<const float> test);
  std::int64_t samples() const { return reference.size(1); }
};

/// Hands the spectrum magnitudes of both signals [bins, frames], fp64, to `use`, some thousand frames at a
/// time, so that memory does not grow with length. Calls nothing when the signals are too short for one
/// frame.
void for_each_magnitudes(const SignalPair& pair, const StftFrames& frames, const at::Tensor& window,
                         const std::function<void(const at::Tensor& reference, const at::Tensor& test)>& use);

}  // namespace octet
