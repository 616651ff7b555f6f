#include "core/synthesis/stage_cache.h"

namespace octet {
std::shared_ptr<const HostTensors> StageCache::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->tensors;
}

void StageCache::keep(const std::string& key, HostTensors tensors) {
  const auto size = bytes_of(tensors);
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) drop(found->second);
  if (size > budget_) return;
  while (bytes_ > budget_ - size) drop(std::prev(entries_.end()));
  entries_.push_front({key, std::make_shared<const HostTensors>(std::move(tensors)), size});
  by_key_[key] = entries_.begin();
  bytes_ += size;
}

std::uint64_t StageCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void StageCache::drop(Entries::iterator entry) {
  bytes_ -= entry->bytes;
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace octet
