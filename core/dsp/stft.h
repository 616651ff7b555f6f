#pragma once

#include <ATen/core/Tensor.h>

namespace octet {

/// How a short-time Fourier transform cuts its frames.
struct StftFrames {
  int n_fft = 0;
  int hop = 0;
  /// Samples mirrored onto each end before framing: n_fft / 2 centres frame t on sample t * hop, 0 adds none.
  int mirrored = 0;
};

/// Short-time Fourier transform of real sound [batch, samples] -> complex [batch, n_fft / 2 + 1, frames], as
/// torch.stft computes it. `window` has at most n_fft values and is centred in the frame.
/// Throws Error(input) when the sound is too short for one frame or for the mirroring.
at::Tensor stft(const at::Tensor& waveform, const StftFrames& frames, const at::Tensor& window);

}  // namespace octet
