#include "ui/measures/analysis.h"

#include "core/metrics/noise_floor.h"

namespace octet::ui {

Analysis analyse(const Runs& runs, const JobControl& control) {
  constexpr std::size_t kMoments = 4;
  Analysis analysis;
  if (runs.empty()) return analysis;
  const auto& reference = runs.front()->synthesis;
  for (const auto& run : runs) {
    control.at({"measuring", static_cast<int>(analysis.runs.size()), static_cast<int>(runs.size())});
    const auto& test = run->synthesis;
    RunAnalysis found;
    found.floors = noise_floors(reference.waveform, test.waveform, kSampleRate, noise_floor_bands());
    if (run != runs.front()) {
      found.errors = step_errors(reference.stages, test.stages);
      found.moments = worst_moments(reference.waveform, test.waveform, kSampleRate, kMoments);
    }
    analysis.runs.push_back(std::move(found));
  }
  return analysis;
}

}  // namespace octet::ui
