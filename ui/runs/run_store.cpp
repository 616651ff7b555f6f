#include "ui/runs/run_store.h"

#include <iterator>

namespace octet::ui {
namespace {

std::uint64_t stage_bytes(const Run& run) { return bytes_of(run.synthesis.stages); }

std::shared_ptr<const Run> without_stages(const Run& run) {
  const auto& all = run.synthesis;
  return std::make_shared<const Run>(Run{run.name,
                                         run.plan,
                                         run.clip,
                                         run.resolved,
                                         run.voice,
                                         run.steps,
                                         run.seed,
                                         {all.waveform, all.mel, all.costs, all.seconds, {}}});
}

}  // namespace

void RunStore::keep(const Path& clip, std::shared_ptr<const Run> run) {
  const auto slot = run->name;
  runs_[clip][slot] = std::move(run);
  use(clip);
  drop_stages();
}

void RunStore::use(const Path& clip) {
  by_use_.remove(clip);
  by_use_.push_front(clip);
}

void RunStore::forget(const QString& slot) {
  for (auto& [clip, runs] : runs_) runs.erase(slot);
}

void RunStore::clear() {
  runs_.clear();
  by_use_.clear();
}

const RunStore::OfClip& RunStore::of(const Path& clip) const {
  static const OfClip none;
  const auto found = runs_.find(clip);
  return found == runs_.end() ? none : found->second;
}

std::uint64_t RunStore::stageBytes() const {
  std::uint64_t bytes = 0;
  for (const auto& [clip, runs] : runs_)
    for (const auto& [slot, run] : runs) bytes += stage_bytes(*run);
  return bytes;
}

/// The clip used last keeps its stages whatever they take: it is what is looked at.
void RunStore::drop_stages() {
  auto bytes = stageBytes();
  for (auto clip = by_use_.rbegin(); bytes > budget_ && std::next(clip) != by_use_.rend(); ++clip)
    for (auto& [slot, run] : runs_[*clip]) {
      const auto freed = stage_bytes(*run);
      if (freed == 0) continue;
      run = without_stages(*run);
      bytes -= freed;
    }
}

}  // namespace octet::ui
