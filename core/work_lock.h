#pragma once

#include <filesystem>

namespace octet {

/// Keeps other processes from working on a result file for as long as it lives: a lock on `path`.lock, which
/// goes with it, or with the process.
class WorkLock {
 public:
  /// Does nothing for outputs that are no files. Throws Error(output) naming the file where another process
  /// is at work on it, and where the lock cannot be made.
  explicit WorkLock(const std::filesystem::path& path);
  ~WorkLock();
  WorkLock(const WorkLock&) = delete;
  WorkLock& operator=(const WorkLock&) = delete;

 private:
  std::filesystem::path lock_;
  int descriptor_ = -1;
};

}  // namespace octet
