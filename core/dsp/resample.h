#pragma once

#include <ATen/core/Tensor.h>

namespace octet {

/// Resamples [..., samples] from one rate to another, as torchaudio.transforms.Resample does with its
/// defaults (sinc_interp_hann, lowpass_filter_width 6, rolloff 0.99; filter computed in fp64 and kept in
/// fp32), which upstream uses for reference and source sound. The result is [..., ceil(samples * to / from)],
/// fp32. Throws Error(input) when the two rates share so small a divisor that the filter would not fit.
at::Tensor resample(const at::Tensor& waveform, int from_rate, int to_rate);

}  // namespace octet
