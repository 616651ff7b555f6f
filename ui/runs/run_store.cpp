#include "ui/runs/run_store.h"

#include <algorithm>
#include <iterator>

namespace octet::ui {
namespace {

std::uint64_t stage_bytes(const Run& run) { return bytes_of(run.synthesis.stages); }

std::uint64_t sound_bytes(const Run& run) {
  return (run.synthesis.waveform.size() + run.synthesis.mel.size()) * sizeof(float);
}

std::shared_ptr<const Run> without_stages(const Run& run) {
  const auto& all = run.synthesis;
  return std::make_shared<const Run>(Run{run.name,
                                         run.plan,
                                         run.clip,
                                         run.voice,
                                         run.resolved,
                                         run.key,
                                         run.weight_bytes,
                                         run.on_gpu,
                                         {all.waveform, {}, all.costs, all.seconds, {}},
                                         run.edits_ago,
                                         run.overview});
}

}  // namespace

void RunStore::keep(std::shared_ptr<const Run> run) {
  const auto key = run->key;
  auto& of_slot = runs_[key.clip][key.slot];
  std::erase_if(of_slot, [&](const auto& known) {
    const bool again = known->key == key;
    if (again) stage_bytes_ -= stage_bytes(*known);
    return again;
  });
  stage_bytes_ += stage_bytes(*run);
  of_slot.insert(of_slot.begin(), std::move(run));
  if (of_slot.size() > kMostOfSlot) {
    stage_bytes_ -= stage_bytes(*of_slot.back());
    of_slot.pop_back();
  }
  use(key.clip);
  drop_earlier();
  if (stage_bytes_ > budget_) drop_stages();
}

void RunStore::use(const Path& clip) {
  by_use_.remove(clip);
  by_use_.push_front(clip);
}

void RunStore::forget(int slot) {
  for (auto& [clip, of_clip] : runs_)
    if (const auto known = of_clip.find(slot); known != of_clip.end()) {
      for (const auto& run : known->second) stage_bytes_ -= stage_bytes(*run);
      of_clip.erase(known);
    }
}

void RunStore::clear() {
  runs_.clear();
  by_use_.clear();
  stage_bytes_ = 0;
}

std::shared_ptr<const Run> RunStore::find(const RunKey& key) const {
  const auto& runs = of(key.clip, key.slot);
  const auto found = std::ranges::find_if(runs, [&](const auto& run) { return run->key == key; });
  return found == runs.end() ? nullptr : *found;
}

const RunStore::OfSlot& RunStore::of(const Path& clip, int slot) const {
  static const OfSlot none;
  const auto of_clip = runs_.find(clip);
  if (of_clip == runs_.end()) return none;
  const auto found = of_clip->second.find(slot);
  return found == of_clip->second.end() ? none : found->second;
}

/// Oldest first, clip by clip; the clip used last keeps its own: they are what is compared.
void RunStore::drop_earlier() {
  std::uint64_t bytes = 0;
  for (const auto& [clip, of_clip] : runs_)
    for (const auto& [slot, runs] : of_clip)
      for (std::size_t i = 1; i < runs.size(); ++i) bytes += sound_bytes(*runs[i]);
  for (auto clip = by_use_.rbegin(); std::next(clip) != by_use_.rend(); ++clip)
    for (auto& [slot, runs] : runs_[*clip])
      while (bytes > earlier_budget_ && runs.size() > 1) {
        bytes -= sound_bytes(*runs.back());
        stage_bytes_ -= stage_bytes(*runs.back());
        runs.pop_back();
      }
}

/// The newest of the clip used last keep their stages whatever they take: they are what is looked at.
void RunStore::drop_stages() {
  const auto drop = [&](std::shared_ptr<const Run>& run) {
    const auto freed = stage_bytes(*run);
    if (stage_bytes_ <= budget_ || freed == 0) return;
    run = without_stages(*run);
    stage_bytes_ -= freed;
  };
  for (auto clip = by_use_.rbegin(); clip != by_use_.rend(); ++clip)
    for (auto& [slot, runs] : runs_[*clip])
      for (std::size_t i = runs.size() - 1; i > 0; --i) drop(runs[i]);
  for (auto clip = by_use_.rbegin(); std::next(clip) != by_use_.rend(); ++clip)
    for (auto& [slot, runs] : runs_[*clip]) drop(runs.front());
}

}  // namespace octet::ui
