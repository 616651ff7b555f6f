#include "core/study/take_spread.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "core/error.h"

namespace octet {
namespace {

struct Spread {
  std::string_view measure;
  double deviation;
};

// Made by tests/study/make_take_spread.py.
constexpr std::array kSpreads{
    Spread{"snr", 0.741},
    Spread{"snr_1_4k", 0.854},
    Spread{"snr_third_octave", 2.32},
    Spread{"segmental_snr", 0.816},
    Spread{"si_sdr", 4.82},
    Spread{"noise_under_speech", 0.682},
    Spread{"noise_floor_1_4k", 1.14},
    Spread{"noise_floor_rise_100_1000", 1.35},
    Spread{"noise_floor_rise_1_4k", 1.51},
    Spread{"noise_floor_rise_4_8k", 1.14},
    Spread{"noise_floor_rise_8_12k", 1.29},
    Spread{"clicks", 0.0812},
    Spread{"log_spectral_distance", 0.109},
    Spread{"mr_stft", 0.0783},
    Spread{"mel_cosine", 0.000507},
    Spread{"mel_l1", 0.0207},
    Spread{"mel_cepstral_distortion", 0.0919},
    Spread{"speaker_cosine", 0.0645},
    Spread{"token_agreement", 4.97},
    Spread{"stoi", 0.0165},
    Spread{"extended_stoi", 0.0213},
    Spread{"pitch_difference", 72.1},
    Spread{"voicing_error", 2.42},
    Spread{"level_difference", 0.63},
    Spread{"loudness_difference", 0.648},
    Spread{"clipping", 0},
    Spread{"constant_offset", 0.0137},
    Spread{"predicted_mos_speech", 0.147},
    Spread{"predicted_mos_background", 0.0635},
    Spread{"predicted_mos_overall", 0.139},
    Spread{"predicted_mos_change", 0.278},
    Spread{"predicted_mos_distilled", 0.55},
    Spread{"predicted_mos_distilled_change", 0.661},
};

}  // namespace

double take_spread(std::string_view measure) {
  const auto found = std::ranges::find(kSpreads, measure, &Spread::measure);
  if (found == kSpreads.end())
    throw Error(ErrorKind::usage, "no spread of takes is known of " + std::string(measure));
  return found->deviation;
}

double spreads_to_tell(double error, int scores) {
  const double share = error / scores;  // that lies above
  double low = 0, high = 40;
  for (int halving = 0; halving < 60; ++halving) {
    const double middle = (low + high) / 2;
    (std::erfc(middle / std::sqrt(2.0)) / 2 > share ? low : high) = middle;
  }
  return low;
}

}  // namespace octet
