#include "core/dsp/log_mel.h"

#include <ATen/ATen.h>

#include "core/dsp/mel_filterbank.h"
#include "core/dsp/stft.h"

namespace octet {

at::Tensor tokenizer_log_mel(const at::Tensor& waveform, const at::Tensor& filters,
                             const at::Tensor& window) {
  const at::Tensor spectrum = stft(waveform, {.n_fft = 400, .hop = 160, .mirrored = 200}, window);
  const at::Tensor power = spectrum.slice(-1, 0, -1).abs().pow(2);
  const at::Tensor log_mel = at::matmul(filters, power).clamp_min(1e-10).log10();
  return (at::maximum(log_mel, log_mel.max() - 8.0) + 4.0) / 4.0;
}

at::Tensor tokenizer_mel_filters() {
  return mel_filterbank({.sample_rate = 16000, .n_fft = 400, .count = 128, .f_max = {}});
}

PromptLogMel::PromptLogMel(at::Device device)
    : window_(at::hann_window(1920).to(device)),
      filters_(
          mel_filterbank({.sample_rate = 24000, .n_fft = 1920, .count = 80, .f_max = 8000.0}).to(device)) {}

at::Tensor PromptLogMel::operator()(const at::Tensor& waveform) const {
  const at::Tensor spectrum =
      stft(waveform, {.n_fft = 1920, .hop = 480, .mirrored = (1920 - 480) / 2}, window_);
  const at::Tensor magnitude = (at::view_as_real(spectrum).pow(2).sum(-1) + 1e-9).sqrt();
  return at::matmul(filters_, magnitude).clamp_min(1e-5).log();
}

at::Tensor prompt_log_mel(const at::Tensor& waveform) { return PromptLogMel(waveform.device())(waveform); }

}  // namespace octet
