#include "ui/measures/growing_report.h"

#include <algorithm>

namespace octet::ui {

GrowingReport::GrowingReport(const Report& report) : head_(report) {
  head_.clips.clear();
  for (const auto& clip : report.clips) clips_.push_back(std::make_shared<const ClipResult>(clip));
}

void GrowingReport::take(const ClipResult& clip) {
  const auto known = std::ranges::find(clips_, clip.name, &ClipResult::name);
  auto taken = std::make_shared<const ClipResult>(clip);
  if (known == clips_.end())
    clips_.push_back(std::move(taken));
  else
    *known = std::move(taken);
}

const ClipResult* GrowingReport::find(const std::string& clip) const {
  const auto known = std::ranges::find(clips_, clip, &ClipResult::name);
  return known == clips_.end() ? nullptr : known->get();
}

Report GrowingReport::whole() const {
  auto report = head_;
  report.clips.reserve(clips_.size());
  for (const auto& clip : clips_) report.clips.push_back(*clip);
  return report;
}

}  // namespace octet::ui
