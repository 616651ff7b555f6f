#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <memory>

namespace octet {

/// GPU work beside that of the current stream, in a recording too. What it reads must stay until join(); what
/// it makes may be used, and given up, after that.
class SideBranch {
 public:
  explicit SideBranch(c10::DeviceIndex device);
  SideBranch(const SideBranch&) = delete;
  SideBranch& operator=(const SideBranch&) = delete;
  ~SideBranch();

  /// Does `work`, whose kernels start behind what was asked of the current stream so far. One at a time.
  void fork(const std::function<void()>& work);
  /// What is asked of the current stream from now on starts behind that work.
  void join();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace octet
