#include "core/study/sensitivity_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/kernels/arithmetic.h"
#include "core/synthesis/stage_meter.h"
#include "core/synthesis/weight_store.h"

namespace octet {
namespace {

double values_of(const Layer& layer) { return static_cast<double>(element_count(layer.weight().shape)); }

/// A layer so stored whose weight is of middling size; none where there is none.
const SweepLayer* middling(const LayerTable& layers, const std::vector<SweepEntry>& entries,
                           std::size_t choice) {
  std::vector<const SweepLayer*> so_stored;
  for (const auto& entry : entries)
    for (const auto& layer : entry.layers)
      if (layer.choice == choice) so_stored.push_back(&layer);
  if (so_stored.empty()) return nullptr;
  const auto middle = so_stored.begin() + static_cast<std::ptrdiff_t>(so_stored.size() / 2);
  std::ranges::nth_element(so_stored, middle, {},
                           [&](const auto* one) { return values_of(layers[one->layer]); });
  return *middle;
}

/// Stages that are computed of a clip for layers together: those of each, once.
StageRuns runs_for(const SweepEntry& entry, const LayerTable& layers) {
  StageRuns together{};
  for (const auto& layer : entry.layers) {
    const auto runs = runs_for(layers[layer.layer]);
    for (std::size_t i = 0; i < kStudyStages; ++i) together[i] = std::max(together[i], runs[i]);
  }
  return together;
}

StageRuns needed_by(const LayerTable& layers, const std::vector<SweepEntry>& entries, std::size_t clips) {
  StageRuns sum{};
  for (const auto& entry : entries) {
    const auto runs = runs_for(entry, layers);
    for (std::size_t i = 0; i < kStudyStages; ++i) sum[i] += runs[i] * clips;
  }
  return sum;
}

}  // namespace

SensitivityRates measured_rates(const Engine& engine, const BoundModel& model, std::size_t choices,
                                const std::shared_ptr<const Calibration>& calibration,
                                const std::vector<SweepEntry>& entries,
                                const std::vector<ComparisonClip>& clips, const JobControl& control) {
  const auto& layers = engine.checkpoint().layers();
  SensitivityRates rates;
  rates.run = measured_stages(engine, model, clips, needed_by(layers, entries, 1), control);
  configure_arithmetic(engine.device().threads);
  for (std::size_t choice = 0; choice < choices; ++choice) {
    rates.value.push_back(0);
    const auto* chosen = middling(layers, entries, choice);
    if (!chosen) continue;
    const auto& layer = layers[chosen->layer];
    const Stopwatch took;
    try {
      (void)weight_of(engine.checkpoint(), layer, chosen->stored.effective, calibration.get(), control.stop);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;  // the entry's fault, told where it is measured
    }
    rates.value.back() = took.seconds() / values_of(layer);
  }
  return rates;
}

double expected_seconds(const SweepEntry& entry, const LayerTable& layers, std::size_t clips,
                        const SensitivityRates& rates) {
  const auto runs = runs_for(entry, layers);
  double of_a_clip = 0, making = 0;
  for (std::size_t i = 0; i < kStudyStages; ++i) of_a_clip += static_cast<double>(runs[i]) * rates.run[i];
  for (const auto& layer : entry.layers)
    making += values_of(layers[layer.layer]) * rates.value.at(layer.choice);
  return static_cast<double>(clips) * of_a_clip + making;
}

SensitivityCost expected_cost(const LayerTable& layers, const std::vector<SweepEntry>& all,
                              const std::vector<SweepEntry>& left, std::size_t clips,
                              const SensitivityRates& rates) {
  const auto seconds_of = [&](const std::vector<SweepEntry>& entries) {
    double sum = 0;
    for (const auto& entry : entries) sum += expected_seconds(entry, layers, clips, rates);
    return sum;
  };
  constexpr double kHour = 3600;
  SensitivityCost cost;
  cost.entries = left.size();
  cost.all = all.size();
  cost.runs = needed_by(layers, all, clips);
  cost.run = rates.run;
  cost.seconds = seconds_of(left);
  cost.hours = seconds_of(all) / kHour;
  return cost;
}

std::string to_json(const SensitivityCost& cost) {
  nlohmann::ordered_json runs, seconds;
  for (std::size_t i = 0; i < kStudyStages; ++i) {
    const std::string stage(to_string(static_cast<StudyStage>(i)));
    runs[stage] = cost.runs[i];
    seconds[stage] = cost.run[i];
  }
  const nlohmann::ordered_json json{{"format", "octet-sensitivity-cost"},
                                    {"version", 1},
                                    {"entries", cost.entries},
                                    {"all_entries", cost.all},
                                    {"runs", runs},
                                    {"seconds_a_run", seconds},
                                    {"device", cost.device},
                                    {"devices", cost.devices},
                                    {"seconds", cost.seconds},
                                    {"device_hours", cost.hours}};
  return json.dump(1) + "\n";
}

std::string to_text(const SensitivityCost& cost) {
  auto text = fmt::format(
      "{} of {} measurements are to be made; clips through stages, all shards:", cost.entries, cost.all);
  const char* before = " ";
  for (std::size_t i = 0; i < kStudyStages; ++i) {
    if (cost.runs[i] == 0) continue;
    // Of clips without sound it is not known what hearing them takes.
    const auto each = cost.run[i] > 0 ? fmt::format(" of {:.3g} s", cost.run[i]) : std::string();
    text += fmt::format("{}{} {}{}", before, cost.runs[i], to_string(static_cast<StudyStage>(i)), each);
    before = ", ";
  }
  return text + fmt::format("\nabout {:.0f} s on {} x {}, {:.3g} hours of one for all shards", cost.seconds,
                            cost.devices, cost.device, cost.hours);
}

std::string compared(const SensitivityCost& cost, double seconds) {
  return fmt::format("measuring took {:.0f} s where about {:.0f} had been expected", seconds, cost.seconds);
}

}  // namespace octet
