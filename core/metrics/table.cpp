#include "core/metrics/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.h"
#include "core/metrics/level_difference.h"
#include "core/metrics/log_spectral_distance.h"
#include "core/metrics/mel_cosine.h"
#include "core/metrics/mr_stft.h"
#include "core/metrics/noise_floor.h"
#include "core/metrics/segmental_snr.h"
#include "core/metrics/snr.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

using Signal = std::span<const float>;

template <int low, int high>
double floor_in(Signal reference, Signal test, int sample_rate) {
  return noise_floor(reference, test, sample_rate, {low, high});
}

template <int low, int high>
double rise_in(Signal reference, Signal test, int sample_rate) {
  return noise_floor_rise(reference, test, sample_rate, {low, high});
}

template <auto measure>
double translated(Signal reference, Signal test, int sample_rate) {
  return translating_torch_errors([&] { return measure(reference, test, sample_rate); });
}

constexpr Measure kMeasures[] = {
    {"log_spectral_distance", "log-spectral distance", "dB", Better::lower,
     "RMS difference of the power spectra in dB, mean over frames", 2, translated<log_spectral_distance>},
    {"mr_stft", "multi-resolution STFT", "", Better::lower,
     "spectral convergence plus log magnitude distance at three resolutions (auraloss)", 4,
     translated<mr_stft>},
    {"mel_cosine", "mel cosine", "", Better::higher,
     "cosine of the 80-band log-mel spectrograms above their floor", 5, translated<mel_cosine>},
    {"snr", "SNR", "dB", Better::higher,
     "signal to difference, sample by sample; needs the same noise; at most 200", 2,
     translated<signal_to_noise>},
    {"snr_1_4k", "SNR 1-4 kHz", "dB", Better::higher, "the same between 1 and 4 kHz", 2,
     translated<signal_to_noise_1_to_4_khz>},
    {"segmental_snr", "segmental SNR", "dB", Better::higher,
     "mean over 30 ms frames of the SNR limited to -10 ... 35 dB; needs the same noise", 2,
     translated<segmental_snr>},
    {"noise_floor_1_4k", "noise floor 1-4 kHz", "dBFS", Better::lower,
     "level of the test signal between 1 and 4 kHz in the pauses of the reference", 1,
     translated<floor_in<1000, 4000>>},
    {"noise_floor_rise_100_1000", "noise floor rise 0.1-1 kHz", "dB", Better::lower,
     "noise floor of the test signal above the reference's, 0.1 to 1 kHz", 2, translated<rise_in<100, 1000>>},
    {"noise_floor_rise_1_4k", "noise floor rise 1-4 kHz", "dB", Better::lower,
     "noise floor of the test signal above the reference's, 1 to 4 kHz", 2, translated<rise_in<1000, 4000>>},
    {"noise_floor_rise_4_8k", "noise floor rise 4-8 kHz", "dB", Better::lower,
     "noise floor of the test signal above the reference's, 4 to 8 kHz", 2, translated<rise_in<4000, 8000>>},
    {"noise_floor_rise_8_12k", "noise floor rise 8-12 kHz", "dB", Better::lower,
     "noise floor of the test signal above the reference's, 8 to 12 kHz", 2,
     translated<rise_in<8000, 12000>>},
    {"level_difference", "level difference", "dB", Better::nearer_zero,
     "RMS level of the test signal over the reference's", 3, translated<level_difference>},
    {"speaker_cosine", "speaker cosine", "", Better::higher,
     "cosine of the speaker encoder's embeddings of both signals", 5, nullptr},
};

}  // namespace

std::string_view to_string(Better better) {
  switch (better) {
    case Better::higher: return "higher";
    case Better::lower: return "lower";
    case Better::nearer_zero: return "nearer 0";
  }
  return {};
}

std::span<const Measure> measures() { return kMeasures; }

const Measure& measure_called(std::string_view id) {
  const auto found = std::find_if(std::begin(kMeasures), std::end(kMeasures),
                                  [&](const Measure& measure) { return measure.id == id; });
  if (found == std::end(kMeasures))
    throw Error(ErrorKind::usage, fmt::format("no measure is called '{}'", id));
  return *found;
}

}  // namespace octet
