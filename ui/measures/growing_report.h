#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/metrics/report.h"

namespace octet::ui {

/// A report that takes one clip after the other, and that lanes are given without a copy of its clips.
class GrowingReport {
 public:
  GrowingReport() = default;
  explicit GrowingReport(const Report& report);

  /// In the place of the clip of its name, which no other of its document has (clip_called), or behind all
  /// others.
  void take(const ClipResult& clip);

  /// nullptr where it is not in it.
  const ClipResult* find(const std::string& clip) const;

  /// Without clips.
  const Report& head() const { return head_; }
  std::size_t clips() const { return clips_.size(); }
  std::size_t runs() const { return head_.runs.size(); }
  Report whole() const;

 private:
  Report head_;
  std::vector<std::shared_ptr<const ClipResult>> clips_;
};

}  // namespace octet::ui
