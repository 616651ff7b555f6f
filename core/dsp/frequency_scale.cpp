#include "core/dsp/frequency_scale.h"

#include <algorithm>
#include <cmath>

#include "core/dsp/mel_scale.h"

namespace octet {
namespace {

constexpr double kLogStartHz = 50;  // under every voice

}  // namespace

double position_of(FrequencyScale scale, double hz) {
  switch (scale) {
    case FrequencyScale::mel: return hz_to_mel(hz);
    case FrequencyScale::log: return std::log2(std::max(hz, kLogStartHz) / kLogStartHz);
    case FrequencyScale::linear: break;
  }
  return hz;
}

double frequency_at(FrequencyScale scale, double position) {
  switch (scale) {
    case FrequencyScale::mel: return mel_to_hz(position);
    case FrequencyScale::log: return kLogStartHz * std::exp2(position);
    case FrequencyScale::linear: break;
  }
  return position;
}

}  // namespace octet
