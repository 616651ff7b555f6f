#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "core/tensor/host_tensor.h"

namespace octet {

/// Tensors of stages by the key of all they were made from (core/synthesis/stage_keys.h), within a budget of
/// bytes: the least recently used go first. May be used from several threads.
class StageCache {
 public:
  /// A budget for those who change one layer and listen again, as the window does: some hundred sentences.
  static constexpr std::uint64_t kForEditing = 512'000'000;

  /// With a budget of 0 it keeps nothing.
  explicit StageCache(std::uint64_t budget) : budget_(budget) {}

  /// The tensors kept under `key`, or nullptr.
  std::shared_ptr<const HostTensors> find(const std::string& key);

  /// Keeps `tensors` in place of what `key` had. What is larger than the whole budget is not kept.
  void keep(const std::string& key, HostTensors tensors);

  bool keeps_anything() const { return budget_ > 0; }
  /// Of all tensors kept.
  std::uint64_t bytes() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const HostTensors> tensors;
    std::uint64_t bytes;
  };
  using Entries = std::list<Entry>;

  void drop(Entries::iterator entry);

  const std::uint64_t budget_;
  mutable std::mutex mutex_;
  Entries entries_;  ///< most recently used first
  std::unordered_map<std::string, Entries::iterator> by_key_;
  std::uint64_t bytes_ = 0;
};

}  // namespace octet
