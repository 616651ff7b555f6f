#include "core/dsp/mel_scale.h"

#include <cmath>

namespace octet {
namespace {

constexpr double kHzPerMel = 200.0 / 3;
constexpr double kLogStartHz = 1000;
constexpr double kLogStartMel = kLogStartHz / kHzPerMel;
const double kLogStep = std::log(6.4) / 27;

}  // namespace

double hz_to_mel(double hz) {
  return hz < kLogStartHz ? hz / kHzPerMel : kLogStartMel + std::log(hz / kLogStartHz) / kLogStep;
}

double mel_to_hz(double mel) {
  return mel < kLogStartMel ? kHzPerMel * mel : kLogStartHz * std::exp(kLogStep * (mel - kLogStartMel));
}

}  // namespace octet
