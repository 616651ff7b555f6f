#pragma once

namespace octet {

/// Slaney's mel scale: linear below 1 kHz, logarithmic above (Auditory Toolbox, 1998).
double hz_to_mel(double hz);
double mel_to_hz(double mel);

}  // namespace octet
