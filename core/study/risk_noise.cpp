#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/metrics/noise_floor.h"
#include "core/s3gen/format.h"
#include "core/study/risk.h"
#include "core/study/risk_clips.h"

namespace octet {
namespace {

// Tenths of decades from 1 kHz (IEC 61260-1): 200 Hz, as frames of 20 ms tell 50 Hz apart, to 10 kHz.
constexpr int kLowest = -7, kHighest = 10;

/// Of a sine in quiet, dB SPL: Terhardt, "Calculating virtual pitch", Hearing Research 1 (1979), as of 0.1 to
/// 16 kHz.
double threshold_in_quiet(double hertz) {
  const double k = hertz / 1000;
  return 3.64 * std::pow(k, -0.8) - 6.5 * std::exp(-0.6 * std::pow(k - 3.3, 2)) + 1e-3 * std::pow(k, 4);
}

double level(const std::vector<float>& samples) {
  const double squares = std::inner_product(samples.begin(), samples.end(), samples.begin(), 0.0,
                                            std::plus<>(), [](double a, double b) { return a * b; });
  return 10 * std::log10(squares / static_cast<double>(samples.size()));
}

}  // namespace

NoiseRisk risk_of_noise(const Engine& engine, const ResolvedPlan& plan,
                        const std::vector<ComparisonClip>& clips, double speech_level,
                        const JobControl& control) {
  const RiskModels models(engine, plan);
  NoiseRisk risk{speech_level, {}};
  std::vector<FrequencyBand> edges;
  for (int n = kLowest; n <= kHighest; ++n) {
    const double centre = 1000 * std::pow(10, n / 10.0), half = std::pow(10, 0.05);
    edges.push_back({centre / half, centre * half});
    risk.bands.push_back(
        {.centre = centre, .marked = centre > 990 && centre < 4010, .threshold = threshold_in_quiet(centre)});
  }
  int with_pauses = 0;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    control.at({"noise floor", static_cast<int>(i), static_cast<int>(clips.size())});
    const auto speak = [&](const BoundModel& model, std::uint64_t later) {
      auto request = clips[i].request;
      request.seed += later;
      if (later > 0) request.noise.clear();
      return models.speak(model, request, control).waveform;
    };
    const auto reference = speak(*models.reference, 0);
    const double up = speech_level - level(reference);
    const auto floors = [&](const std::vector<float>& sound) {
      return noise_floors(reference, sound, s3gen::kSampleRate, edges);
    };
    const auto right = floors(reference), test = floors(speak(*models.plan, 0)),
               bf16 = floors(speak(*models.bf16, 0)), other = floors(speak(*models.reference, 1));
    if (std::isnan(right.front())) continue;
    ++with_pauses;
    for (std::size_t band = 0; band < edges.size(); ++band) {
      risk.bands[band].reference += right[band] + up;
      risk.bands[band].plan += test[band] + up;
      risk.bands[band].bf16 += bf16[band] + up;
      risk.bands[band].other_noise += other[band] + up;
    }
  }
  if (with_pauses == 0)
    throw Error(ErrorKind::input, "no clip pauses, so that no noise floor can be told", "take longer clips");
  for (auto& band : risk.bands)
    for (auto* sum : {&band.reference, &band.plan, &band.bf16, &band.other_noise}) *sum /= with_pauses;
  return risk;
}

}  // namespace octet
