#pragma once

#include <string>
#include <vector>

#include "core/tensor/host_tensor.h"

namespace octet {

/// How far one stage of a synthesis is from the reference's.
struct StageError {
  std::string stage;    ///< "encoder_out", "mel_step_1" … "mel_step_N", "f0", "source", "waveform"
  double relative = 0;  ///< |test - reference| / |reference| over all values (L2); 0 for equal ones
};

/// Where an error comes from: the stages both runs kept (Synthesis::stages), in the order they are computed.
/// Over the speech part only: the frames of the voice's prompt, which are dropped in the end, do not count.
/// It compares value by value, so both runs need the same request. Left out: a stage that one of them lacks,
/// that differs in shape, or that is all zero in the reference; the Euler steps when their numbers differ.
std::vector<StageError> step_errors(const HostTensors& reference, const HostTensors& test);

}  // namespace octet
