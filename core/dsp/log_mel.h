#pragma once

#include <ATen/core/Tensor.h>

namespace octet {

/// What the speech tokenizer hears: 16 kHz [1, samples] -> [1, 128, floor(samples / 160)], fp32
/// (upstream s3tokenizer.py, log_mel_spectrogram). `filters` [128, 201] and `window` [400] are the
/// checkpoint's buffers, or tokenizer_mel_filters() and a Hann window where it has none. Throws Error(input)
/// when the sound has 200 samples or fewer.
at::Tensor tokenizer_log_mel(const at::Tensor& waveform, const at::Tensor& filters, const at::Tensor& window);

/// The tokenizer's mel filters as upstream creates them [128, 201], fp32.
at::Tensor tokenizer_mel_filters();

/// What the flow model is prompted with and produces (upstream utils/mel.py, mel_spectrogram).
class PromptLogMel {
 public:
  explicit PromptLogMel(at::Device device);

  /// 24 kHz [1, samples] -> log mel [1, 80, floor(samples / 480)], fp32, on the device. Throws Error(input)
  /// when the sound has 720 samples or fewer.
  at::Tensor operator()(const at::Tensor& waveform) const;

 private:
  at::Tensor window_;
  at::Tensor filters_;  ///< [80, 961]
};

/// The same for once.
at::Tensor prompt_log_mel(const at::Tensor& waveform);

}  // namespace octet
