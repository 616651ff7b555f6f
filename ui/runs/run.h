#pragma once

#include <QByteArray>
#include <QMetaType>
#include <QString>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "core/plan/plan.h"
#include "core/s3gen/format.h"
#include "core/synthesis/request.h"
#include "ui/sound/sound_overview.h"

namespace octet::ui {

/// Every run is mono at this rate.
inline constexpr int kSampleRate = s3gen::kSampleRate;

/// All that decides how a run sounds: runs of equal keys are equal to the sample.
struct RunKey {
  std::filesystem::path clip;
  int slot = 0;                 ///< of the plan: 0 for A
  QByteArray recipes;           ///< PlanEditor::fingerprint: what is done with each layer
  std::filesystem::path voice;  ///< empty: the clip's own
  int steps = 0;                ///< Euler steps asked for; 0: what the checkpoint was trained for
  std::uint64_t seed = 0;       ///< of all noise
  QString device;               ///< as parse_device reads it
  int threads = 0;              ///< of the CPU; 0: one per core

  bool operator==(const RunKey&) const = default;
};

/// One clip spoken under one plan. Immutable; panels share it.
struct Run {
  QString name;                                  ///< run_name, for people alone
  QString plan;                                  ///< name of the plan
  QString clip;                                  ///< name of the clip, by which reports know it (clip_called)
  QString voice;                                 ///< name of the voice; empty: the clip's own
  std::shared_ptr<const ResolvedPlan> resolved;  ///< what was done with each layer
  RunKey key;
  std::uint64_t weight_bytes = 0;                      ///< of the whole checkpoint under the plan
  bool on_gpu = false;                                 ///< where it was computed
  Synthesis synthesis;                                 ///< its stages and mel may have been dropped: RunStore
  int edits_ago = 0;                                   ///< 0: the slot's present run
  std::shared_ptr<const SoundOverview> overview = {};  ///< of the waveform; nullptr: who needs it makes it

  /// Gives it its colour wherever it is shown.
  int slot() const { return key.slot; }
  double seconds() const { return static_cast<double>(synthesis.waveform.size()) / kSampleRate; }
};

/// Runs of one clip, in the order of the slots; the first is the reference of the others.
using Runs = std::vector<std::shared_ptr<const Run>>;

}  // namespace octet::ui
