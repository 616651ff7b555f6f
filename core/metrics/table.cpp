#include "core/metrics/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "core/error.h"
#include "core/metrics/clicks.h"
#include "core/metrics/clipping.h"
#include "core/metrics/constant_offset.h"
#include "core/metrics/intelligibility.h"
#include "core/metrics/level_difference.h"
#include "core/metrics/log_spectral_distance.h"
#include "core/metrics/loudness.h"
#include "core/metrics/mel_cosine.h"
#include "core/metrics/mel_distance.h"
#include "core/metrics/mr_stft.h"
#include "core/metrics/noise_floor.h"
#include "core/metrics/noise_under_speech.h"
#include "core/metrics/pitch_difference.h"
#include "core/metrics/segmental_snr.h"
#include "core/metrics/si_sdr.h"
#include "core/metrics/snr.h"
#include "core/metrics/third_octave_snr.h"
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

using enum MeasureGroup;

constexpr Measure kMeasures[] = {
    {"snr", "SNR", "dB", noise, Better::higher,
     "signal to difference, sample by sample; needs the same noise; at most 200", 2,
     translated<signal_to_noise>},
    {"snr_1_4k", "SNR 1-4 kHz", "dB", noise, Better::higher, "the same between 1 and 4 kHz", 2,
     translated<signal_to_noise_1_to_4_khz>},
    {"snr_third_octave", "SNR of the worst third octave", "dB", noise, Better::higher,
     "the same in the third of an octave, 100 Hz to 10 kHz, where it is lowest", 2,
     translated<lowest_third_octave_snr>},
    {"segmental_snr", "segmental SNR", "dB", noise, Better::higher,
     "mean over 30 ms frames of the SNR limited to -10 ... 35 dB; needs the same noise", 2,
     translated<segmental_snr>},
    {"si_sdr", "SI-SDR", "dB", noise, Better::higher,
     "SNR of the reference at the gain at which it is nearest; needs the same noise; at most 200", 2,
     translated<scale_invariant_sdr>},
    {"noise_under_speech", "noise under speech", "dBFS", noise, Better::lower,
     "level of the difference while the reference speaks; needs the same noise", 1,
     translated<noise_under_speech>},
    {"noise_floor_1_4k", "noise floor 1-4 kHz", "dBFS", noise, Better::lower,
     "level of the test signal between 1 and 4 kHz in the pauses of the reference", 1,
     translated<floor_in<1000, 4000>>},
    {"noise_floor_rise_100_1000", "noise floor rise 0.1-1 kHz", "dB", noise, Better::lower,
     "noise floor of the test signal above the reference's, 0.1 to 1 kHz", 2, translated<rise_in<100, 1000>>},
    {"noise_floor_rise_1_4k", "noise floor rise 1-4 kHz", "dB", noise, Better::lower,
     "noise floor of the test signal above the reference's, 1 to 4 kHz", 2, translated<rise_in<1000, 4000>>},
    {"noise_floor_rise_4_8k", "noise floor rise 4-8 kHz", "dB", noise, Better::lower,
     "noise floor of the test signal above the reference's, 4 to 8 kHz", 2, translated<rise_in<4000, 8000>>},
    {"noise_floor_rise_8_12k", "noise floor rise 8-12 kHz", "dB", noise, Better::lower,
     "noise floor of the test signal above the reference's, 8 to 12 kHz", 2,
     translated<rise_in<8000, 12000>>},
    {"clicks", "clicks", "1/s", noise, Better::lower, "jumps a second that the reference has not", 2, clicks},
    {"log_spectral_distance", "log-spectral distance", "dB", timbre, Better::lower,
     "RMS difference of the power spectra in dB, mean over frames", 2, translated<log_spectral_distance>},
    {"mr_stft", "multi-resolution STFT", "", timbre, Better::lower,
     "spectral convergence plus log magnitude distance at three resolutions (auraloss)", 4,
     translated<mr_stft>},
    {"mel_cosine", "mel cosine", "", timbre, Better::higher,
     "cosine of the 80-band log-mel spectrograms above their floor", 5, translated<mel_cosine>},
    {"mel_l1", "mel L1", "", timbre, Better::lower, "mean distance of the natural logarithms of 80 mel bands",
     4, translated<mel_l1>},
    {"mel_cepstral_distortion", "mel-cepstral distortion", "dB", timbre, Better::lower,
     "distance of the mel cepstra 1 to 13, mean over frames as they lie", 3,
     translated<mel_cepstral_distortion>},
    {"speaker_cosine", "speaker cosine", "", voice, Better::higher,
     "cosine of the speaker encoder's embeddings of both signals", 5, nullptr},
    {"token_agreement", "token agreement", "%", voice, Better::higher,
     "speech tokens that S3Gen's tokenizer hears alike, of all", 1, nullptr},
    {"stoi", "STOI", "", voice, Better::higher, "short-time objective intelligibility", 4, translated<stoi>},
    {"extended_stoi", "extended STOI", "", voice, Better::higher,
     "the same, also for noise that comes and goes", 4, translated<extended_stoi>},
    {"pitch_difference", "pitch difference", "cents", voice, Better::lower,
     "RMS distance of the fundamental frequencies where both are voiced", 1, translated<pitch_difference>},
    {"voicing_error", "voicing error", "%", voice, Better::lower, "frames voiced in one of both only", 2,
     translated<voicing_error>},
    {"level_difference", "level difference", "dB", level, Better::nearer_zero,
     "RMS level of the test signal over the reference's", 3, translated<level_difference>},
    {"loudness_difference", "loudness difference", "LU", level, Better::nearer_zero,
     "loudness of the test signal over the reference's (ITU-R BS.1770-4)", 3, loudness_difference},
    {"clipping", "clipping", "%", level, Better::lower, "samples of the test signal that stand at full scale",
     3, clipping},
    {"constant_offset", "constant offset", "%", level, Better::nearer_zero,
     "mean of the test signal, of full scale (DC)", 3, constant_offset},
    {"predicted_mos_speech", "predicted MOS, speech", "", predicted, Better::higher,
     "what listeners would say of the test's speech, 1 to 5, as DNSMOS P.835 predicts up to 8 kHz; an alarm",
     2, nullptr},
    {"predicted_mos_background", "predicted MOS, background", "", predicted, Better::higher,
     "the same of its background noise", 2, nullptr},
    {"predicted_mos_overall", "predicted MOS, overall", "", predicted, Better::higher,
     "the same of all of it", 2, nullptr},
    {"predicted_mos_change", "predicted MOS change, overall", "", predicted, Better::higher,
     "the overall score of the test over the reference's", 3, nullptr},
    {"predicted_mos_distilled", "predicted MOS, DistillMOS", "", predicted, Better::higher,
     "what listeners would say of the test, 1 to 5, as DistillMOS predicts up to 8 kHz; an alarm", 2,
     nullptr},
    {"predicted_mos_distilled_change", "predicted MOS change, DistillMOS", "", predicted, Better::higher,
     "that score of the test over the reference's", 3, nullptr},
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

std::string_view to_string(MeasureGroup group) {
  switch (group) {
    case noise: return "noise";
    case timbre: return "timbre";
    case voice: return "voice";
    case level: return "level";
    case predicted: return "predicted";
  }
  return {};
}

std::span<const Measure> measures() { return kMeasures; }

double score_of_itself(const Measure& measure) {
  constexpr std::array<std::string_view, 3> kOfTheTestAlone{"noise_floor_1_4k", "clipping",
                                                            "constant_offset"};
  const bool of_a_difference =
      measure.unit == "dBFS" || (measure.unit == "dB" && measure.better == Better::higher);
  if (measure.group == predicted || of_a_difference ||
      std::ranges::find(kOfTheTestAlone, measure.id) != kOfTheTestAlone.end())
    return std::numeric_limits<double>::quiet_NaN();
  if (measure.better != Better::higher) return 0;
  return measure.unit == "%" ? 100 : 1;
}

const Measure& measure_called(std::string_view id) {
  const auto found = std::find_if(std::begin(kMeasures), std::end(kMeasures),
                                  [&](const Measure& measure) { return measure.id == id; });
  if (found == std::end(kMeasures))
    throw Error(ErrorKind::usage, fmt::format("no measure is called '{}'", id));
  return *found;
}

}  // namespace octet
