#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <map>
#include <vector>

#include "ui/runs/run.h"

namespace octet::ui {

/// The runs that were made, by key. Of each clip and slot the newest are kept: a plan that goes back to what
/// it was has its run again, and one can be compared with the run before an edit. Of the newest the waveform
/// stays; all else is within budgets and comes back by synthesizing again, and goes first where a clip was
/// used longest ago: earlier runs whole, and stages, which take several times as much, those of earlier runs
/// before those of the newest.
class RunStore {
 public:
  using Path = std::filesystem::path;
  using OfSlot = std::vector<std::shared_ptr<const Run>>;  ///< newest first; never empty
  using OfClip = std::map<int, OfSlot>;                    ///< by slot

  static constexpr std::uint64_t kStageBytes = 128'000'000;    // some thirty runs of a sentence
  static constexpr std::uint64_t kEarlierBytes = 256'000'000;  // some five hundred of 5 s
  static constexpr std::size_t kMostOfSlot = 8;                // of a clip; 0.5 MB for each 5 s

  explicit RunStore(std::uint64_t stage_bytes = kStageBytes, std::uint64_t earlier_bytes = kEarlierBytes)
      : budget_(stage_bytes), earlier_budget_(earlier_bytes) {}

  /// Newest of its clip and slot, in the place of one with its key.
  void keep(std::shared_ptr<const Run> run);
  /// The clip is looked at: its stages are the last to go.
  void use(const Path& clip);
  /// Takes a slot's runs away.
  void forget(int slot);
  void clear();

  /// nullptr: it was not made, or is gone.
  std::shared_ptr<const Run> find(const RunKey& key) const;
  /// Newest first; empty where there are none.
  const OfSlot& of(const Path& clip, int slot) const;
  const std::map<Path, OfClip>& all() const { return runs_; }
  /// Of all stages that are kept.
  std::uint64_t stageBytes() const { return stage_bytes_; }

 private:
  void drop_stages();
  void drop_earlier();

  std::uint64_t budget_, earlier_budget_;
  std::uint64_t stage_bytes_ = 0;  ///< of all runs
  std::map<Path, OfClip> runs_;
  std::list<Path> by_use_;  ///< used last first
};

}  // namespace octet::ui
