#pragma once

#include <ATen/core/Tensor.h>

namespace octet {

/// Kaldi's log filterbank energies of 16 kHz sound, as torchaudio.compliance.kaldi.fbank computes them with
/// its defaults (25 ms Povey windows every 10 ms, mean removed, pre-emphasis 0.97, no dither, power spectrum
/// of 512, bands from 20 Hz to 8 kHz, whole frames only).
class KaldiFbank {
 public:
  KaldiFbank(int bands, at::Device device);

  /// [1, samples] -> [frames, bands], fp32, on the device. Throws Error(input) when the sound is shorter than
  /// one window (400 samples).
  at::Tensor operator()(const at::Tensor& waveform) const;

 private:
  at::Tensor window_;
  at::Tensor banks_;  ///< [257, bands]
};

}  // namespace octet
