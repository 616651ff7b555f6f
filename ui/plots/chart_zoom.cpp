#include "ui/plots/chart_zoom.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QRubberBand>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

namespace octet::ui {
namespace {

constexpr double kNotch = 1.25;      // closer by so much a notch or key
constexpr double kDeepest = 1e-3;    // of the whole, so that ticks still differ
constexpr double kArrow = 1.0 / 10;  // of what is seen

bool is_logarithmic(const QCPAxis& axis) { return axis.scaleType() == QCPAxis::stLogarithmic; }

double extent(const QCPAxis& axis, const QCPRange& range) {
  return is_logarithmic(axis) ? std::log(range.upper / range.lower) : range.size();
}

bool sees_point(QCPAbstractPlottable& plottable) {
  const auto* points = plottable.interface1D();
  if (!points) return true;  // a picture, which fills its axes
  const auto keys = plottable.keyAxis()->range(), values = plottable.valueAxis()->range();
  const bool bars = qobject_cast<const QCPBars*>(&plottable) != nullptr;
  for (int i = 0; i < points->dataCount(); ++i) {
    if (!keys.contains(points->dataMainKey(i))) continue;
    const double value = points->dataMainValue(i);
    // A bar is seen from its ground up.
    if (bars ? values.lower <= std::max(0.0, value) && std::min(0.0, value) <= values.upper
             : values.contains(value))
      return true;
  }
  return false;
}

bool has_points(QCPAbstractPlottable& plottable) {
  const auto* points = plottable.interface1D();
  return !points || points->dataCount() > 0;
}

}  // namespace

ChartZoom::ChartZoom(QCustomPlot& plot)
    : QObject(&plot), plot_(plot), band_(new QRubberBand(QRubberBand::Rectangle, &plot)), whole_(ranges()) {
  plot_.installEventFilter(this);
}

std::array<QCPAxis*, ChartZoom::kAxes> ChartZoom::axes() const {
  return {plot_.xAxis, plot_.yAxis, plot_.xAxis2, plot_.yAxis2};
}

ChartZoom::Ranges ChartZoom::ranges() const {
  Ranges found;
  std::ranges::transform(axes(), found.begin(), [](const QCPAxis* axis) { return axis->range(); });
  return found;
}

void ChartZoom::setRanges(const Ranges& ranges) {
  const auto all = axes();
  for (std::size_t i = 0; i < kAxes; ++i) all[i]->setRange(ranges[i]);
}

void ChartZoom::lift() {
  if (zoomed_) setRanges(whole_);
}

void ChartZoom::settle() {
  const auto drawn = ranges();
  if (drawn != whole_) zoomed_.reset();
  whole_ = drawn;
  if (zoomed_) setRanges(*zoomed_);
}

/// Nothing changes where no point would be seen.
void ChartZoom::show(const Ranges& wanted) {
  const auto before = ranges();
  const auto all = axes();
  for (std::size_t i = 0; i < kAxes; ++i) {
    if (!QCPRange::validRange(wanted[i])) return setRanges(before);
    all[i]->setRange(wanted[i].bounded(whole_[i].lower, whole_[i].upper));
  }
  const auto shown = ranges();
  const bool too_deep = [&] {
    for (std::size_t i = 0; i < kAxes; ++i)
      if (extent(*all[i], shown[i]) < kDeepest * extent(*all[i], whole_[i])) return true;
    return false;
  }();
  if (too_deep || !seesPoint()) return setRanges(before);
  zoomed_ = shown == whole_ ? std::nullopt : std::optional(shown);
  plot_.replot(QCustomPlot::rpQueuedReplot);
}

bool ChartZoom::seesPoint() const {
  bool any = false;
  for (int i = 0; i < plot_.plottableCount(); ++i) {
    if (sees_point(*plot_.plottable(i)) && has_points(*plot_.plottable(i))) return true;
    any |= has_points(*plot_.plottable(i));
  }
  return !any;
}

void ChartZoom::zoom(double factor, const QPointF& at) {
  const auto inside = QRectF(plot_.axisRect()->rect());
  const bool beside = at.x() < inside.left() || at.x() > inside.right();
  const bool below = at.y() < inside.top() || at.y() > inside.bottom();
  const auto before = ranges();
  for (auto* axis : axes()) {
    const bool across = axis->orientation() == Qt::Horizontal;
    if (beside != below && (across ? beside : below)) continue;
    const double pixel = across ? std::clamp(at.x(), inside.left(), inside.right())
                                : std::clamp(at.y(), inside.top(), inside.bottom());
    axis->scaleRange(1 / factor, axis->pixelToCoord(pixel));
  }
  const auto wanted = ranges();
  setRanges(before);
  show(wanted);
}

void ChartZoom::showAll() {
  zoomed_.reset();
  setRanges(whole_);
  plot_.replot(QCustomPlot::rpQueuedReplot);
}

/// A narrow frame is for one axis.
void ChartZoom::showFrame(const QRect& frame) {
  const auto seen = frame.intersected(plot_.axisRect()->rect());
  const auto all = axes();
  auto wanted = ranges();
  for (std::size_t i = 0; i < kAxes; ++i) {
    const bool across = all[i]->orientation() == Qt::Horizontal;
    if ((across ? frame.width() : frame.height()) < QApplication::startDragDistance()) continue;
    const double first = all[i]->pixelToCoord(across ? seen.left() : seen.top());
    const double last = all[i]->pixelToCoord(across ? seen.right() : seen.bottom());
    wanted[i] = QCPRange(std::min(first, last), std::max(first, last));
  }
  show(wanted);
}

void ChartZoom::move(double across, double up) {
  if (!zoomed_) return;
  const auto before = ranges();
  for (auto* axis : axes()) {
    const double share = axis->orientation() == Qt::Horizontal ? across : up;
    const double sign = axis->rangeReversed() ? -1 : 1;
    if (is_logarithmic(*axis)) {
      const double factor = std::exp(sign * share * extent(*axis, axis->range()));
      axis->setRange(axis->range().lower * factor, axis->range().upper * factor);
    } else {
      axis->moveRange(sign * share * axis->range().size());
    }
  }
  const auto wanted = ranges();
  setRanges(before);
  show(wanted);
}

void ChartZoom::takeKeysOf(QWidget& widget) { widget.installEventFilter(this); }

bool ChartZoom::eventFilter(QObject* object, QEvent* event) {
  const bool in_plot = object == &plot_;
  switch (event->type()) {
    case QEvent::ShortcutOverride:  // they are the timeline's elsewhere
    case QEvent::KeyPress: {
      const bool taken = key(static_cast<const QKeyEvent&>(*event), in_plot);
      if (taken) event->accept();
      return taken;
    }
    case QEvent::Wheel: {
      if (!in_plot) break;
      const auto& wheel = static_cast<const QWheelEvent&>(*event);
      zoom(std::pow(kNotch, wheel.angleDelta().y() / 120.0), wheel.position());
      return true;
    }
    case QEvent::MouseButtonPress:
    case QEvent::MouseButtonDblClick:
    case QEvent::MouseMove:
    case QEvent::MouseButtonRelease:
      if (in_plot) return mouse(static_cast<const QMouseEvent&>(*event), event->type());
      break;
    default: break;
  }
  return QObject::eventFilter(object, event);
}

bool ChartZoom::mouse(const QMouseEvent& event, QEvent::Type type) {
  const auto at = event.position().toPoint();
  if (type == QEvent::MouseMove) {
    if (!pressed_) return false;
    const bool dragged = (at - *pressed_).manhattanLength() >= QApplication::startDragDistance();
    if (dragged) band_->show();
    band_->setGeometry(QRect(*pressed_, at).normalized().intersected(plot_.axisRect()->rect()));
    return true;
  }
  if (event.button() != Qt::LeftButton) return false;
  if (type == QEvent::MouseButtonDblClick) {
    pressed_.reset();
    showAll();
  } else if (type == QEvent::MouseButtonPress) {
    pressed_ = at;
  } else if (const auto from = std::exchange(pressed_, {})) {
    band_->hide();
    if ((at - *from).manhattanLength() < QApplication::startDragDistance())
      Q_EMIT clicked(event.position());
    else
      showFrame(QRect(*from, at).normalized());
  }
  return false;  // the plot has its own of them
}

/// Of a shortcut that is about to be one it is only said whether the key is taken.
bool ChartZoom::key(const QKeyEvent& event, bool in_plot) {
  const bool now = event.type() == QEvent::KeyPress;
  const auto act = [&](const auto& what) {
    if (now) what();
    return true;
  };
  if (event.modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier)) return false;
  const auto middle = QPointF(plot_.axisRect()->rect().center());
  switch (event.key()) {
    case Qt::Key_Plus:
    case Qt::Key_Equal: return act([&] { zoom(kNotch, middle); });
    case Qt::Key_Minus: return act([&] { zoom(1 / kNotch, middle); });
    case Qt::Key_0: return act([&] { showAll(); });
    default: break;
  }
  if (!in_plot || !zoomed_) return false;
  switch (event.key()) {
    case Qt::Key_Left: return act([&] { move(-kArrow, 0); });
    case Qt::Key_Right: return act([&] { move(kArrow, 0); });
    case Qt::Key_Up: return act([&] { move(0, kArrow); });
    case Qt::Key_Down: return act([&] { move(0, -kArrow); });
    default: return false;
  }
}

}  // namespace octet::ui
