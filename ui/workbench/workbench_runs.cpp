// Which of the runs that were made are shown.

#include <algorithm>
#include <iterator>

#include "ui/workbench/workbench.h"

namespace octet::ui {

Runs Workbench::runs() const {
  if (current_clip_ < 0) return {};
  auto runs = runsOf(clips_[static_cast<std::size_t>(current_clip_)]);
  if (earlier_shown_ > 0)
    if (const auto earlier = earlierRuns(); earlier_shown_ <= std::ssize(earlier))
      runs.push_back(called_earlier(earlier[static_cast<std::size_t>(earlier_shown_ - 1)]));
  return runs;
}

Runs Workbench::runsOf(const Clip& clip) const {
  Runs runs;
  for (const auto& slot : plan_slots_) {
    const auto& made = runs_.of(clip.path, slot.number);
    if (made.empty()) continue;
    const auto present = runs_.find(keyOf(clip.path, slot, settings_));
    runs.push_back(present ? present : made.front());
  }
  return runs;
}

Runs Workbench::earlierRuns() const {
  if (current_clip_ < 0) return {};
  const auto& clip = clips_[static_cast<std::size_t>(current_clip_)];
  const auto present = runsOf(clip);
  const auto shown =
      std::ranges::find_if(present, [this](const auto& run) { return run->slot() == current_slot_; });
  Runs earlier;
  if (shown != present.end())
    std::ranges::copy_if(runs_.of(clip.path, current_slot_), std::back_inserter(earlier),
                         [&](const auto& run) { return run != *shown; });
  return earlier;
}

void Workbench::showEarlier(int edits_ago) {
  earlier_shown_ = edits_ago;
  Q_EMIT runsChanged();
}

/// The same object each time, so that who knows it measures nothing again.
std::shared_ptr<const Run> Workbench::called_earlier(const std::shared_ptr<const Run>& run) const {
  if (earlier_.first != run || earlier_.second->edits_ago != earlier_shown_) {
    auto called = std::make_shared<Run>(*run);
    called->edits_ago = earlier_shown_;
    called->name = run_name(run->slot(), earlier_shown_);
    earlier_ = {run, std::move(called)};
  }
  return earlier_.second;
}

std::shared_ptr<const Run> Workbench::otherTake() const {
  const auto present = runs();
  if (present.empty()) return nullptr;
  const auto known = other_takes_.find(present.front()->key.clip);
  const bool of_it = known != other_takes_.end() && known->second->key == present.front()->key;
  return of_it ? known->second : nullptr;
}

const Workbench::Original* Workbench::knownOriginal() const {
  if (current_clip_ < 0) return nullptr;
  const auto known = originals_.find(clips_[static_cast<std::size_t>(current_clip_)].path);
  return known == originals_.end() ? nullptr : &known->second;
}

std::shared_ptr<const Sound> Workbench::original() const {
  const auto* known = knownOriginal();
  return known ? known->sound : nullptr;
}

std::shared_ptr<const SoundOverview> Workbench::originalOverview() const {
  const auto* known = knownOriginal();
  return known ? known->overview : nullptr;
}

bool Workbench::stale(const Run& run) const {
  if (run.edits_ago > 0) return false;
  const auto slot = std::ranges::find(plan_slots_, run.slot(), &PlanSlot::number);
  return slot == plan_slots_.end() || run.key != keyOf(run.key.clip, *slot, settings_);
}

}  // namespace octet::ui
