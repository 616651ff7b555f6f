#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/tensor/host_tensor.h"

namespace octet {

/// A voice, as upstream's embed_ref gives it.
struct Conditioning {
  std::vector<std::int64_t> prompt_token;  ///< [P], 25 per second
  std::vector<float> prompt_feat;          ///< [F, 80], log mel at 50 frames per second; F is 2 P or 2 P + 1
  std::vector<float> embedding;            ///< raw speaker embedding [E]
};

/// Draws that replace those of the seed; names and shapes as in docs/cli.md, "noise".
using InjectedNoise = HostTensors;

/// What makes numbers of a seed.
enum class NoiseGenerator {
  counted,  ///< the same on every device and in every part of a whole (core/kernels/counted_noise.h)
  torch,  ///< torch's generator on the CPU, in upstream's order: what upstream draws after torch.manual_seed
};

/// How far a synthesis goes.
enum class LastStage { mel, waveform };

/// All that determines a waveform but the checkpoint, the plan and the device.
struct SynthesisRequest {
  std::vector<std::int64_t> tokens;  ///< [N], ids below the vocabulary
  Conditioning voice;
  int steps = 0;  ///< Euler steps 1…50; 0: ten, or two for a meanflow checkpoint
  std::uint64_t seed = 0;
  NoiseGenerator generator = NoiseGenerator::counted;
  InjectedNoise noise;
  bool keep_stages = false;                    ///< also return every stage tensor
  LastStage last_stage = LastStage::waveform;  ///< what comes after it is not made, and empty in the result
};

/// What one stage took.
struct StageCost {
  std::string stage;
  double seconds = 0;            ///< what clips do at once is shared by them alike
  std::uint64_t peak_bytes = 0;  ///< the allocator's peak on a GPU, resident memory of the process on the CPU
  bool reused = false;           ///< taken from the engine's stage cache, not computed
};

struct Synthesis {
  std::vector<float> waveform;   ///< 24 kHz, within ±0.99
  std::vector<float> mel;        ///< [80, frames], log
  std::vector<StageCost> costs;  ///< stage by stage
  /// From the request to samples in ordinary memory, of all clips that were made at once: all stages, and
  /// what lies between them (checks, drawing the noise, copies from the device, a look into the stage cache).
  /// Not loading weights, which comes once.
  double seconds = 0;
  HostTensors stages;  ///< names and shapes as in docs/cli.md, "stages out"; empty unless asked for
};

}  // namespace octet
