#include "ui/timeline/timeline.h"

#include <algorithm>
#include <cmath>

namespace octet::ui {

void Timeline::setDuration(double seconds) {
  if (seconds == duration_) return;
  const bool all = visible_ == TimeSpan{0, duration_};
  duration_ = seconds;
  all ? showAll() : show(visible_);
}

void Timeline::show(TimeSpan wanted) {
  const double length = std::clamp(wanted.length(), std::min(kShortest, duration_), duration_);
  const double begin = std::clamp(wanted.begin, 0.0, duration_ - length);
  const TimeSpan shown{begin, begin + length};
  // Views that follow each other come to rest.
  if (std::abs(shown.begin - visible_.begin) < 1e-9 && std::abs(shown.end - visible_.end) < 1e-9) return;
  visible_ = shown;
  Q_EMIT visibleChanged();
}

void Timeline::zoom(double factor, double around) {
  const double length = std::clamp(visible_.length() * factor, std::min(kShortest, duration_), duration_);
  const double share = visible_.length() > 0 ? (around - visible_.begin) / visible_.length() : 0;
  const double begin = std::clamp(around - share * length, 0.0, duration_ - length);
  show({begin, begin + length});
}

void Timeline::reveal(double seconds) {
  const double half = visible_.length() / 2;
  if (seconds < visible_.begin || seconds > visible_.end) show({seconds - half, seconds + half});
}

void Timeline::setCursor(double seconds) {
  if (seconds == cursor_) return;
  cursor_ = seconds;
  Q_EMIT cursorChanged(seconds);
}

void Timeline::setPointer(std::optional<double> seconds) {
  if (seconds == pointer_) return;
  pointer_ = seconds;
  Q_EMIT pointerChanged();
}

void Timeline::setSelection(const std::optional<TimeSpan>& selection, bool looped) {
  if (selection == selection_ && looped == looped_) return;
  selection_ = selection;
  looped_ = looped;
  Q_EMIT selectionChanged();
}

void Timeline::setDrawn(const std::optional<TimeSpan>& drawn) {
  if (drawn == drawn_) return;
  drawn_ = drawn;
  Q_EMIT selectionChanged();
}

void Timeline::setMarkers(const std::vector<double>& seconds) {
  if (seconds == markers_) return;
  markers_ = seconds;
  last_marker_.reset();
  Q_EMIT markersChanged();
}

void Timeline::goToMarker(std::size_t marker) {
  last_marker_ = marker;
  const double at = markers_.at(marker);
  reveal(at);
  Q_EMIT seekRequested(std::max(0.0, at - kLeadIn));
}

void Timeline::stepMarker(int by) {
  const auto count = static_cast<int>(markers_.size());
  if (count == 0) return;
  const int from = last_marker_ ? static_cast<int>(*last_marker_) : by > 0 ? -1 : count;
  goToMarker(static_cast<std::size_t>(((from + by) % count + count) % count));
}

}  // namespace octet::ui
