#include "core/dsp/stft.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"

namespace octet {

at::Tensor stft(const at::Tensor& waveform, const StftFrames& frames, const at::Tensor& window) {
  const auto needed = std::max(frames.mirrored + 1, frames.n_fft - 2 * frames.mirrored);
  if (waveform.size(-1) < needed) {
    throw Error(ErrorKind::input,
                fmt::format("the sound is too short: {} samples, {} are needed", waveform.size(-1), needed));
  }
  at::Tensor padded = waveform;
  if (frames.mirrored > 0) {
    padded = at::reflection_pad1d(waveform.unsqueeze(1), {frames.mirrored, frames.mirrored}).squeeze(1);
  }
  return at::stft(padded, frames.n_fft, frames.hop, window.size(0), window, /*normalized=*/false,
                  /*onesided=*/true, /*return_complex=*/true);
}

}  // namespace octet
