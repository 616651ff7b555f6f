#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <future>

#include "core/s3gen/flow_matching.h"
#include "core/s3gen/harmonic_source.h"
#include "core/synthesis/request.h"

namespace octet {

/// Sizes of the random draws of one synthesis.
struct NoiseShape {
  std::int64_t frames = 0;         ///< mel frames of prompt and output
  std::int64_t output_tokens = 0;  ///< speech tokens
  std::int64_t samples = 0;        ///< of the waveform
  std::int64_t waves = 0;          ///< harmonics + 1
  bool meanflow = false;
};

/// Drawn on threads of their own, while what needs them later is not there yet; what a GPU draws, on its
/// current stream, by whoever takes it.
struct Noise {
  std::shared_future<s3gen::FlowNoise> flow;
  std::shared_future<s3gen::SourceNoise> source;
};

/// All draws of one synthesis; `injected` tensors replace theirs without moving the others, and
/// must live as long as what is returned. Counted ones belong to a mel band or harmonic and a frame or
/// sample, so that longer requests have the noise of shorter ones, and more. They are
/// drawn on `device`; torch's on the CPU, where `device` copies them from by itself. Throws Error(input), at
/// once, when an injected tensor has another shape.
Noise draw_noise(std::uint64_t seed, NoiseGenerator generator, const NoiseShape& shape,
                 const InjectedNoise& injected, at::Device device);

}  // namespace octet
