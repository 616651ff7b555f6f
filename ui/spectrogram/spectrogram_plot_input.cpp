// What mouse, wheel and keys do to the plot.

#include <QHelpEvent>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/spectrogram/marks.h"
#include "ui/spectrogram/spectrogram_plot.h"

namespace octet::ui {
namespace {

constexpr double kStep = 0.8;  // of a view's width, for one step of the wheel
constexpr int kClick = 3;      // pixels a click may move
constexpr double kNowhere = std::numeric_limits<double>::quiet_NaN();

QCPRange zoomed(QCPRange range, double centre, double factor) {
  return {centre + (range.lower - centre) * factor, centre + (range.upper - centre) * factor};
}

}  // namespace

const SpectrogramPlot::Pane* SpectrogramPlot::paneAt(QPointF place) const {
  for (const auto& pane : panes_)
    if (pane.shown && QRectF(pane.rect->topLeft(), pane.rect->size()).contains(place)) return &pane;
  return nullptr;
}

std::optional<std::size_t> SpectrogramPlot::markerAt(QPointF place) const {
  const auto* pane = paneAt(place);
  return pane ? pane->markings->flags().at(place) : std::nullopt;
}

bool SpectrogramPlot::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    if (const auto marker = markerAt(help->pos())) {
      QToolTip::showText(help->globalPos(), paneAt(help->pos())->markings->flags().text(*marker), this);
      return true;
    }
  }
  return ScreenPlot::event(event);
}

void SpectrogramPlot::point(std::optional<QPointF> place) {
  pointed_at_ = place ? std::optional(place->y()) : std::nullopt;
  timeline_.setPointer(place ? std::optional(place->x()) : std::nullopt);
  showMoving();
  if (place)
    Q_EMIT pointed(place->x(), frequency_at(scale_, place->y()));
  else
    Q_EMIT pointed(kNowhere, kNowhere);
}

void SpectrogramPlot::onPress(QMouseEvent* event) {
  pressed_ = event->position();
  time_when_pressed_ = timeline_.visible();
  positions_when_pressed_ = positions_;
  const bool into = event->modifiers().testFlag(Qt::ShiftModifier);
  setSelectionRectMode(into ? QCP::srmZoom : QCP::srmNone);
  drag_ = !paneAt(pressed_)                     ? Drag::none
          : event->button() == Qt::MiddleButton ? Drag::pan
          : event->button() != Qt::LeftButton   ? Drag::none
          : into                                ? Drag::zoom
                                                : Drag::press;
}

void SpectrogramPlot::onMove(QMouseEvent* event) {
  const auto* began = paneAt(pressed_);
  if (began && drag_ == Drag::press && (event->position() - pressed_).manhattanLength() > kClick)
    drag_ = Drag::select;
  if (began && drag_ == Drag::select) {
    const auto time_at = [&](double x) {
      return std::clamp(began->rect->axis(QCPAxis::atBottom)->pixelToCoord(x), 0.0, timeline_.duration());
    };
    const auto [from, to] = std::minmax({time_at(pressed_.x()), time_at(event->position().x())});
    timeline_.setDrawn(TimeSpan{from, to});
  } else if (began && drag_ == Drag::pan) {
    const auto moved = event->position() - pressed_;
    const double seconds = -moved.x() / began->rect->width() * time_when_pressed_.length();
    const double positions = moved.y() / began->rect->height() * positions_when_pressed_.size();
    timeline_.show({time_when_pressed_.begin + seconds, time_when_pressed_.end + seconds});
    movePositions(positions_when_pressed_ + positions);
  }
  setCursor(markerAt(event->position()) ? Qt::PointingHandCursor : Qt::ArrowCursor);
  const auto* pane = paneAt(event->position());
  if (!pane) return point({});
  point(QPointF(pane->rect->axis(QCPAxis::atBottom)->pixelToCoord(event->position().x()),
                pane->rect->axis(QCPAxis::atLeft)->pixelToCoord(event->position().y())));
}

void SpectrogramPlot::onRelease(QMouseEvent* event) {
  const auto drag = std::exchange(drag_, Drag::none);
  const auto drawn = timeline_.drawn();
  timeline_.setDrawn({});
  const auto* pane = paneAt(event->position());
  if (drag == Drag::zoom && (event->position() - pressed_).manhattanLength() <= kClick)
    setSelectionRectMode(QCP::srmNone);  // no zoom into a point
  if (drag == Drag::select && drawn && drawn->length() > 0)
    Q_EMIT timeline_.selectionRequested(drawn->begin, drawn->end);
  if (!pane || (drag != Drag::press && drag != Drag::zoom) ||
      (event->position() - pressed_).manhattanLength() > kClick)
    return;
  if (const auto marker = markerAt(pressed_)) return timeline_.goToMarker(*marker);
  Q_EMIT timeline_.seekRequested(pane->rect->axis(QCPAxis::atBottom)->pixelToCoord(event->position().x()));
}

void SpectrogramPlot::onWheel(QWheelEvent* event) {
  const auto* pane = paneAt(event->position());
  if (!pane) return;
  const QPoint turn = event->angleDelta();
  const double steps = turn.y() / 120.0;
  const double sideways = turn.x() / 120.0;
  if (event->modifiers().testFlag(Qt::ControlModifier)) {
    const double centre = pane->rect->axis(QCPAxis::atLeft)->pixelToCoord(event->position().y());
    movePositions(zoomed(positions_, centre, std::pow(kStep, steps)));
  } else if (event->modifiers().testFlag(Qt::ShiftModifier)) {
    timeline_.move(-0.1 * (steps + sideways));
  } else {
    timeline_.zoom(std::pow(kStep, steps),
                   pane->rect->axis(QCPAxis::atBottom)->pixelToCoord(event->position().x()));
    if (sideways != 0) timeline_.move(-0.1 * sideways);
  }
}

void SpectrogramPlot::keyPressEvent(QKeyEvent* event) {
  constexpr double kMove = 0.1;
  const double middle = (timeline_.visible().begin + timeline_.visible().end) / 2;
  switch (event->key()) {
    case Qt::Key_Left: return timeline_.move(-kMove);
    case Qt::Key_Right: return timeline_.move(kMove);
    case Qt::Key_Up: return movePositions(positions_ + positions_.size() * kMove);
    case Qt::Key_Down: return movePositions(positions_ - positions_.size() * kMove);
    case Qt::Key_Plus:
    case Qt::Key_Equal: return timeline_.zoom(kStep, middle);
    case Qt::Key_Minus: return timeline_.zoom(1 / kStep, middle);
    case Qt::Key_Home: return showAll();
    default: ScreenPlot::keyPressEvent(event);
  }
}

void SpectrogramPlot::leaveEvent(QEvent* event) {
  point({});
  ScreenPlot::leaveEvent(event);
}

}  // namespace octet::ui
