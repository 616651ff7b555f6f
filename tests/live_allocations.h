#pragma once

#include <c10/core/CPUAllocator.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace octet::test {

/// Counts the bytes all CPU tensors of the process hold. Install it before the first tensor is made.
class LiveAllocations : public c10::Allocator {
 public:
  static LiveAllocations& install() {
    static LiveAllocations* counter = [] {
      auto* made = new LiveAllocations;
      c10::SetCPUAllocator(made, /*priority=*/1);
      return made;
    }();
    return *counter;
  }

  std::int64_t live() const { return live_; }
  std::int64_t peak() const { return peak_; }
  /// From here on the peak is that of what follows.
  void forget_peak() { peak_ = live_.load(); }

  c10::DataPtr allocate(std::size_t bytes) override {
    if (bytes == 0) return {nullptr, c10::kCPU};
    // The size lies in front of what is handed out, which stays aligned.
    auto* block = static_cast<std::byte*>(
        std::aligned_alloc(kAlignment, (bytes + 2 * kAlignment - 1) / kAlignment * kAlignment));
    if (!block) throw std::bad_alloc();
    std::memcpy(block, &bytes, sizeof(bytes));
    const auto now = live_ += static_cast<std::int64_t>(bytes);
    for (auto seen = peak_.load(); now > seen && !peak_.compare_exchange_weak(seen, now);) {
    }
    auto* data = block + kAlignment;
    return {data, data, &release, c10::kCPU};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

 private:
  static constexpr std::size_t kAlignment = 64;

  static void release(void* data) {
    if (!data) return;
    auto* block = static_cast<std::byte*>(data) - kAlignment;
    std::size_t bytes = 0;
    std::memcpy(&bytes, block, sizeof(bytes));
    install().live_ -= static_cast<std::int64_t>(bytes);
    std::free(block);
  }

  std::atomic<std::int64_t> live_ = 0;
  std::atomic<std::int64_t> peak_ = 0;
};

}  // namespace octet::test
