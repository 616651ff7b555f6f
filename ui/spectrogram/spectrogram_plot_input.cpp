// What mouse, wheel and keys do to the plot.

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

void SpectrogramPlot::point(std::optional<QPointF> place) {
  for (auto& pane : panes_) pane.cursors->setPointer(place);
  cursor_layer_->replot();
  if (place)
    Q_EMIT pointed(place->x(), frequency_at(scale_, place->y()));
  else
    Q_EMIT pointed(kNowhere, kNowhere);
}

void SpectrogramPlot::onPress(QMouseEvent* event) {
  pressed_ = event->position();
  const bool into = event->modifiers().testFlag(Qt::ShiftModifier);
  setSelectionRectMode(into ? QCP::srmZoom : QCP::srmNone);
}

void SpectrogramPlot::onMove(QMouseEvent* event) {
  const auto* pane = paneAt(event->position());
  if (!pane) return point({});
  point(QPointF(pane->rect->axis(QCPAxis::atBottom)->pixelToCoord(event->position().x()),
                pane->rect->axis(QCPAxis::atLeft)->pixelToCoord(event->position().y())));
}

void SpectrogramPlot::onRelease(QMouseEvent* event) {
  const auto* pane = paneAt(event->position());
  const bool still = (event->position() - pressed_).manhattanLength() <= kClick;
  if (still) setSelectionRectMode(QCP::srmNone);  // no zoom into a point
  if (pane && still && event->button() == Qt::LeftButton)
    Q_EMIT seekRequested(pane->rect->axis(QCPAxis::atBottom)->pixelToCoord(event->position().x()));
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
    moveTime(time_ - time_.size() * 0.1 * (steps + sideways), Origin::person);
  } else {
    const double centre = pane->rect->axis(QCPAxis::atBottom)->pixelToCoord(event->position().x());
    auto range = zoomed(time_, centre, std::pow(kStep, steps));
    range -= range.size() * 0.1 * sideways;
    moveTime(range, Origin::person);
  }
}

void SpectrogramPlot::keyPressEvent(QKeyEvent* event) {
  constexpr double kMove = 0.1;
  switch (event->key()) {
    case Qt::Key_Left: return moveTime(time_ - time_.size() * kMove, Origin::person);
    case Qt::Key_Right: return moveTime(time_ + time_.size() * kMove, Origin::person);
    case Qt::Key_Up: return movePositions(positions_ + positions_.size() * kMove);
    case Qt::Key_Down: return movePositions(positions_ - positions_.size() * kMove);
    case Qt::Key_Plus:
    case Qt::Key_Equal: return moveTime(zoomed(time_, time_.center(), kStep), Origin::person);
    case Qt::Key_Minus: return moveTime(zoomed(time_, time_.center(), 1 / kStep), Origin::person);
    case Qt::Key_Home: return showAll();
    default: ScreenPlot::keyPressEvent(event);
  }
}

void SpectrogramPlot::leaveEvent(QEvent* event) {
  point({});
  ScreenPlot::leaveEvent(event);
}

}  // namespace octet::ui
