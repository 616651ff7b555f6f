#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "core/kernels/device.h"
#include "core/synthesis/request.h"

namespace octet {

/// Time since it was made.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// Adds what a stage took to `costs` when it ends.
class StageMeter {
 public:
  StageMeter(std::string stage, Device device, std::vector<StageCost>& costs)
      : stage_(std::move(stage)), device_(device), costs_(costs), peak_(device) {}
  StageMeter(const StageMeter&) = delete;
  StageMeter& operator=(const StageMeter&) = delete;
  ~StageMeter() { costs_.push_back({stage_, took_.seconds(), peak_.bytes(), reused_}); }
  void note_reuse() { reused_ = true; }

 private:
  std::string stage_;
  Device device_;
  std::vector<StageCost>& costs_;
  PeakMemory peak_;
  bool reused_ = false;
  Stopwatch took_;
};

}  // namespace octet
