#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/study/stage_seconds.h"
#include "core/study/sweep_entry.h"

namespace octet {

/// What the parts of a study of damages take on one engine, in seconds.
struct SensitivityRates {
  StageSeconds run{};           ///< a clip through a stage once
  std::vector<double> value{};  ///< by choice: making one value of a weight; 0 where no layer is stored so
};

/// Measured on the engine of `model`: stages by measured_stages, making weights on one of middling size for
/// each choice. Throws like both.
SensitivityRates measured_rates(const Engine& engine, const BoundModel& model, std::size_t choices,
                                const std::shared_ptr<const Calibration>& calibration,
                                const std::vector<SweepEntry>& entries,
                                const std::vector<ComparisonClip>& clips, const JobControl& control);

/// What an entry takes on one engine, with so many clips.
double expected_seconds(const SweepEntry& entry, const LayerTable& layers, std::size_t clips,
                        const SensitivityRates& rates);

/// What a study is expected to take.
struct SensitivityCost {
  std::size_t entries = 0;  ///< that are left of the shard
  std::size_t all = 0;      ///< of all shards
  StageRuns runs{};         ///< of all shards: how often a clip goes through each stage
  StageSeconds run{};       ///< seconds of one of them
  std::string device;       ///< "CPU" or the GPU's own name
  std::size_t devices = 1;
  double seconds = 0;  ///< of what is left of the shard, by all devices at once
  double hours = 0;    ///< of one device for all shards, from the beginning
};

/// `left` are those among `all` that are to be measured here.
SensitivityCost expected_cost(const LayerTable& layers, const std::vector<SweepEntry>& all,
                              const std::vector<SweepEntry>& left, std::size_t clips,
                              const SensitivityRates& rates);

/// "format": "octet-sensitivity-cost", "version": 1 (docs/formats.md).
std::string to_json(const SensitivityCost& cost);
/// The same in words, in two lines.
std::string to_text(const SensitivityCost& cost);
/// What it took beside that, in words.
std::string compared(const SensitivityCost& cost, double seconds);

}  // namespace octet
