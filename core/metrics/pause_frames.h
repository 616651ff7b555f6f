#pragma once

#include <ATen/core/Tensor.h>

#include "core/dsp/stft.h"

namespace octet {

/// The frames in which pauses are looked for: 20 ms, every 10 ms. No hop (0) for rates below 100 Hz.
StftFrames pause_frames(int sample_rate);

/// Which frames of these levels (mean squares [frames], fp64) are pauses, as core/metrics/pauses.h defines
/// them.
at::Tensor are_pauses(const at::Tensor& levels);

}  // namespace octet
