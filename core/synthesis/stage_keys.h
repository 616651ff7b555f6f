#pragma once

#include <string>

#include "core/plan/plan.h"
#include "core/synthesis/request.h"

namespace octet {

/// For each stage a hash of all that determines what it makes: its inputs, the stages before it, and how its
/// layers are stored. Equal keys, equal tensors (of one checkpoint on one device).
struct StageKeys {
  std::string encoder;  ///< tokens to encoder_out
  std::string flow;     ///< to the mel and the state after each step
  std::string source;   ///< to f0 and source
  std::string vocoder;  ///< to the waveform
};

/// What a layer takes part in first; `none` for tokenizer and speaker encoder, which come before all.
enum class LayerStage { none, encoder, flow, source, vocoder };
LayerStage stage_of(const Layer& layer);

/// `steps` are those taken where the request leaves them open; `arithmetic` is all else that the device's
/// results depend on (core/kernels/device.h).
StageKeys stage_keys(const SynthesisRequest& request, int steps, const LayerTable& layers,
                     const ResolvedPlan& resolved, const std::string& arithmetic);

}  // namespace octet
