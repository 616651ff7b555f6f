#pragma once

#include <map>
#include <memory>
#include <mutex>

namespace octet {

/// Values by the key of all they are made from, made when they are first asked for and shared by all who hold
/// them; they go when the last holder goes. May be used from several threads, which wait for each other: one
/// value is made at a time, so that no two copies are ever in the making.
template <typename Key, typename Value>
class MadeOnce {
 public:
  /// The value of `key`, from `make()` when nobody holds one. What that throws passes through, and the next
  /// who asks tries again.
  template <typename Make>
  std::shared_ptr<const Value> get(const Key& key, const Make& make) {
    const std::lock_guard lock(mutex_);
    auto& kept = made_[key];
    auto shared = kept.lock();
    if (!shared) {
      shared = std::make_shared<const Value>(make());
      kept = shared;
    }
    return shared;
  }

  /// Whether somebody holds the value of `key`. Waits for one that is being made.
  bool holds(const Key& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = made_.find(key);
    return found != made_.end() && !found->second.expired();
  }

 private:
  mutable std::mutex mutex_;
  std::map<Key, std::weak_ptr<const Value>> made_;
};

}  // namespace octet
