#include "ui/listen/waveform_view.h"

#include <QApplication>
#include <QEvent>
#include <QHelpEvent>
#include <QLocale>
#include <QMouseEvent>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "ui/language/accessible_role.h"
#include "ui/language/sentences.h"

namespace octet::ui {
namespace {

constexpr int kLaneGap = 4, kGrip = 5;  // device-independent pixels
constexpr double kStep = 1.3;           // zoom per notch of the wheel

}  // namespace

WaveformView::WaveformView(Timeline& timeline, QWidget* parent) : QWidget(parent), timeline_(timeline) {
  setObjectName(QStringLiteral("waveform"));
  call_picture(*this);
  setAccessibleName(tr("Waveforms"));
  setToolTip(
      tr("Wheel: zoom in time. Ctrl and wheel: draw what is quiet higher. Shift and wheel: move in time.\n"
         "Click: go there. Drag: loop that. Middle button: move. Double click: loop no more."));
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  connect(&timeline_, &Timeline::visibleChanged, this, &WaveformView::redraw);
  connect(&timeline_, &Timeline::cursorChanged, this, &WaveformView::movePlayhead);
  connect(&timeline_, &Timeline::pointerChanged, this, qOverload<>(&QWidget::update));
  for (const auto changed : {&Timeline::selectionChanged, &Timeline::markersChanged})
    connect(&timeline_, changed, this, &WaveformView::tell);
}

void WaveformView::setTracks(const std::vector<PlayerTrack>& tracks) {
  tracks_ = tracks;
  updateGeometry();
  redraw();
}

void WaveformView::setActive(int track) {
  active_ = track;
  redraw();
}

void WaveformView::movePlayhead(double seconds) {
  const QRect before = playhead_strip(drawn_cursor_);
  drawn_cursor_ = seconds;
  const QRect after = playhead_strip(drawn_cursor_);
  if (before == after) return;
  update(before);
  update(after);
}

int WaveformView::rulerHeight() const { return fontMetrics().height() + 6; }

QRect WaveformView::lane(int index) const {
  const int count = std::max<int>(1, static_cast<int>(tracks_.size()));
  const int top = rulerHeight(), room = height() - top;
  const int from = top + room * index / count, to = top + room * (index + 1) / count;
  return {0, from, width(), std::max(1, to - from - kLaneGap)};
}

double WaveformView::xOf(double seconds) const {
  const auto& visible = timeline_.visible();
  return visible.length() > 0 ? (seconds - visible.begin) / visible.length() * width() : 0;
}

double WaveformView::secondsAt(double x) const {
  const auto& visible = timeline_.visible();
  return visible.begin + x / std::max(1, width()) * visible.length();
}

QSize WaveformView::sizeHint() const {
  return {480, rulerHeight() + 72 * std::max<int>(2, static_cast<int>(tracks_.size()))};
}

QSize WaveformView::minimumSizeHint() const {
  return {160, rulerHeight() + 40 * std::max<int>(2, static_cast<int>(tracks_.size()))};
}

void WaveformView::magnify(int steps) {
  const int wanted = std::clamp(magnification_ + steps * kMagnified, 0, kMostMagnified);
  if (wanted == magnification_) return;
  magnification_ = wanted;
  redraw();
}

void WaveformView::turnMagnification(int angle) {
  constexpr int kNotch = 120;
  turned_ += angle;
  magnify(turned_ / kNotch);
  turned_ %= kNotch;
}

void WaveformView::zoomIn() { zoomAtCursor(1 / kStep); }
void WaveformView::zoomOut() { zoomAtCursor(kStep); }

void WaveformView::zoomAtCursor(double factor) {
  const auto& visible = timeline_.visible();
  timeline_.zoom(factor, std::clamp(timeline_.cursor(), visible.begin, visible.end));
}

void WaveformView::redraw() {
  lanes_ = {};
  tell();
}

/// To those who see it and to those who hear it. What is heard, and where, is told beside it.
void WaveformView::tell() {
  const auto seconds = [](double time) { return QLocale().toString(time, 'f', 2); };
  QStringList names, places, said;
  for (const auto& track : tracks_) names << track.name;
  for (const double marker : timeline_.markers()) places << seconds(marker);
  const auto& visible = timeline_.visible();
  if (!tracks_.empty())
    said << tr("%1, from %2 to %3 s of %4 s.")
                .arg(listed(names), seconds(visible.begin), seconds(visible.end),
                     seconds(timeline_.duration()));
  if (const auto& chosen = timeline_.selection())
    said << (timeline_.looped() ? tr("%1 to %2 s are looped.") : tr("%1 to %2 s are selected."))
                .arg(seconds(chosen->begin), seconds(chosen->end));
  if (!places.isEmpty()) said << tr("The runs differ most at %1 s.").arg(listed(places));
  if (magnification_ > 0) said << tr("All are drawn %1 dB higher than they are.").arg(magnification_);
  setAccessibleDescription(sentences(said));
  update();
}

QRect WaveformView::playhead_strip(double seconds) const {
  return {static_cast<int>(std::floor(xOf(seconds))) - 6, 0, 13, height()};
}

MarkerFlags WaveformView::flags() const {
  const int top = rulerHeight() - 2;
  return {timeline_, QRectF(0, top, width(), height() - top), font()};
}

bool WaveformView::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    if (const auto marker = flags().at(help->pos())) {
      QToolTip::showText(help->globalPos(), flags().text(*marker), this);
      return true;
    }
  }
  return QWidget::event(event);
}

// --- the mouse ---

WaveformView::Drag WaveformView::edge_at(double x) const {
  const auto& selection = timeline_.selection();
  if (!selection) return Drag::none;
  if (std::abs(x - xOf(selection->end)) <= kGrip) return Drag::loop_end;
  if (std::abs(x - xOf(selection->begin)) <= kGrip) return Drag::loop_begin;
  return Drag::none;
}

void WaveformView::mousePressEvent(QMouseEvent* event) {
  if (tracks_.empty()) return;
  pressed_ = event->position();
  visible_when_pressed_ = timeline_.visible();
  if (event->button() == Qt::MiddleButton) {
    drag_ = Drag::pan;
    setCursor(Qt::ClosedHandCursor);
  } else if (event->button() == Qt::LeftButton) {
    const Drag edge = flags().at(pressed_) ? Drag::none : edge_at(pressed_.x());
    drag_ = edge == Drag::none ? Drag::press : edge;
    if (edge != Drag::none) timeline_.setDrawn(timeline_.selection());
  }
}

void WaveformView::mouseMoveEvent(QMouseEvent* event) {
  if (tracks_.empty()) return;
  const double x = event->position().x();
  const double at = std::clamp(secondsAt(x), 0.0, timeline_.duration());
  timeline_.setPointer(at);
  if (drag_ == Drag::press && std::abs(x - pressed_.x()) >= QApplication::startDragDistance() / 2.0)
    drag_ = Drag::select;
  const auto& drawn = timeline_.drawn();
  if (drag_ == Drag::select) {
    const double from = std::clamp(secondsAt(pressed_.x()), 0.0, timeline_.duration());
    timeline_.setDrawn(TimeSpan{std::min(from, at), std::max(from, at)});
  } else if (drag_ == Drag::loop_begin && drawn) {
    timeline_.setDrawn(TimeSpan{std::min(at, drawn->end), drawn->end});
  } else if (drag_ == Drag::loop_end && drawn) {
    timeline_.setDrawn(TimeSpan{drawn->begin, std::max(at, drawn->begin)});
  } else if (drag_ == Drag::pan) {
    const double moved = (pressed_.x() - x) / std::max(1, width()) * visible_when_pressed_.length();
    timeline_.show({visible_when_pressed_.begin + moved, visible_when_pressed_.end + moved});
  } else {
    setCursor(flags().at(event->position()) ? Qt::PointingHandCursor
              : edge_at(x) == Drag::none    ? Qt::ArrowCursor
                                            : Qt::SplitHCursor);
  }
}

void WaveformView::mouseReleaseEvent(QMouseEvent* event) {
  const Drag drag = std::exchange(drag_, Drag::none);
  const auto drawn = timeline_.drawn();
  timeline_.setDrawn({});
  if (drag == Drag::pan) setCursor(Qt::ArrowCursor);
  if (event->button() == Qt::LeftButton && drag == Drag::press) {
    if (const auto marker = flags().at(pressed_)) return timeline_.goToMarker(*marker);
    for (int i = 0; i < static_cast<int>(tracks_.size()); ++i)
      if (lane(i).contains(event->position().toPoint())) Q_EMIT trackRequested(i);
    Q_EMIT timeline_.seekRequested(std::clamp(secondsAt(event->position().x()), 0.0, timeline_.duration()));
  } else if (drawn && drawn->length() > 0) {
    Q_EMIT timeline_.selectionRequested(drawn->begin, drawn->end);
  }
}

void WaveformView::mouseDoubleClickEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) Q_EMIT timeline_.selectionCleared();
}

void WaveformView::leaveEvent(QEvent*) { timeline_.setPointer({}); }

void WaveformView::wheelEvent(QWheelEvent* event) {
  if (tracks_.empty()) return;
  event->accept();
  QPoint notches = event->angleDelta();
  if (event->modifiers() & Qt::ControlModifier) return turnMagnification(notches.y());
  if (event->modifiers() & Qt::ShiftModifier && notches.x() == 0) notches = notches.transposed();
  if (std::abs(notches.x()) > std::abs(notches.y()))
    timeline_.move(-notches.x() / 120.0 * 0.1);
  else
    timeline_.zoom(std::pow(kStep, -notches.y() / 120.0), secondsAt(event->position().x()));
}

}  // namespace octet::ui
