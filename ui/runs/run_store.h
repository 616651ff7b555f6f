#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <map>

#include "ui/runs/run.h"

namespace octet::ui {

/// The runs that were made, by clip and slot. Waveforms stay; stages, which take several times as much, are
/// kept of the clips used last, within a budget: those of the others come back by synthesizing again.
class RunStore {
 public:
  using Path = std::filesystem::path;
  using OfClip = std::map<QString, std::shared_ptr<const Run>>;  ///< by name of the slot

  static constexpr std::uint64_t kStageBytes = 512'000'000;  // some hundred runs of a sentence

  explicit RunStore(std::uint64_t stage_bytes = kStageBytes) : budget_(stage_bytes) {}

  /// In the place of an earlier run of this clip and slot.
  void keep(const Path& clip, std::shared_ptr<const Run> run);
  /// The clip is looked at: its stages are the last to go.
  void use(const Path& clip);
  /// Takes a slot's runs away.
  void forget(const QString& slot);
  void clear();

  const OfClip& of(const Path& clip) const;
  const std::map<Path, OfClip>& all() const { return runs_; }
  /// Of all stages that are kept.
  std::uint64_t stageBytes() const;

 private:
  void drop_stages();

  std::uint64_t budget_;
  std::map<Path, OfClip> runs_;
  std::list<Path> by_use_;  ///< used last first
};

}  // namespace octet::ui
