#pragma once

#include <array>
#include <atomic>
#include <cstddef>

namespace octet {

/// Hands the newest value from one thread to one other; values nobody took in time are skipped. Neither side
/// ever waits or allocates. (A triple buffer.)
template <typename T>
class Latest {
 public:
  /// Writer.
  void publish(const T& value) {
    slots_[written_] = value;
    written_ = shared_.exchange(written_ | kFresh, std::memory_order_acq_rel) & kSlot;
  }

  /// Reader: whether `value` was set to something new.
  bool take(T& value) {
    if (!(shared_.load(std::memory_order_relaxed) & kFresh)) return false;
    read_ = shared_.exchange(read_, std::memory_order_acq_rel) & kSlot;
    value = slots_[read_];
    return true;
  }

 private:
  static constexpr unsigned kFresh = 4, kSlot = 3;

  std::array<T, 3> slots_{};
  std::atomic<unsigned> shared_{2};
  unsigned written_ = 0, read_ = 1;
};

/// A queue from one thread to one other that refuses what does not fit. Neither side ever waits or allocates.
template <typename T, std::size_t capacity>
class Ring {
 public:
  /// Writer: false when full.
  bool push(const T& value) {
    const auto end = end_.load(std::memory_order_relaxed);
    if (end - begin_.load(std::memory_order_acquire) == capacity) return false;
    slots_[end % capacity] = value;
    end_.store(end + 1, std::memory_order_release);
    return true;
  }

  /// Reader: false when empty.
  bool pop(T& value) {
    const auto begin = begin_.load(std::memory_order_relaxed);
    if (begin == end_.load(std::memory_order_acquire)) return false;
    value = slots_[begin % capacity];
    begin_.store(begin + 1, std::memory_order_release);
    return true;
  }

 private:
  std::array<T, capacity> slots_{};
  std::atomic<std::size_t> begin_{0}, end_{0};
};

}  // namespace octet
