#pragma once

namespace octet {

/// 10 log10(signal / noise) of two energies, limited to +-kIdenticalSnr (core/metrics/snr.h); NaN where there
/// is no signal.
double decibel_ratio(double signal, double noise);

}  // namespace octet
