#pragma once

#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>

#include <atomic>
#include <cstdint>

namespace octet::test {

/// Lets the memory of CPU tensors run out on purpose, as a GPU's does: after so many allocations the next one
/// throws Torch's out-of-memory error, once. Install it before the first tensor is made.
class FailingAllocations : public c10::Allocator {
 public:
  static FailingAllocations& install() {
    static FailingAllocations* failing = [] {
      auto* made = new FailingAllocations;
      c10::SetCPUAllocator(made, /*priority=*/2);
      return made;
    }();
    return *failing;
  }

  /// The allocation after `count` more fails.
  void fail_after(std::int64_t count) { left_ = count; }
  /// Whether the failure asked for has not come yet. Takes it back.
  bool take_back() { return left_.exchange(kNever) >= 0; }
  /// Allocations so far.
  std::int64_t count() const { return count_; }

  c10::DataPtr allocate(std::size_t bytes) override {
    ++count_;
    if (left_ >= 0 && left_-- == 0) {
      left_ = kNever;
      TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory. Tried to allocate ", bytes, " bytes");
    }
    return default_->allocate(bytes);
  }
  c10::DeleterFnPtr raw_deleter() const override { return default_->raw_deleter(); }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

 private:
  static constexpr std::int64_t kNever = -1;

  c10::Allocator* default_ = c10::GetDefaultCPUAllocator();
  std::atomic<std::int64_t> left_ = kNever;
  std::atomic<std::int64_t> count_ = 0;
};

}  // namespace octet::test
