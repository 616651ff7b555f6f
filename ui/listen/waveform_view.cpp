#include "ui/listen/waveform_view.h"

#include <QApplication>
#include <QEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QWheelEvent>
#include <algorithm>
#include <array>
#include <cmath>

#include "ui/language/picture_role.h"
#include "ui/language/symbols.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr int kLaneGap = 4, kGrip = 5;  // device-independent pixels
constexpr double kStep = 1.3;           // zoom per notch of the wheel

/// The finest of 1, 2, 5 · 10^n seconds whose marks lie `pixels` or more apart.
double tick_step(double seconds_per_pixel, double pixels) {
  const double least = seconds_per_pixel * pixels;
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1., 2., 5.})
    if (factor * power >= least) return factor * power;
  return 10 * power;
}

int decimals_for(double step) {
  return std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 4);
}

QColor with_alpha(QColor colour, double alpha) {
  colour.setAlphaF(static_cast<float>(alpha));
  return colour;
}

}  // namespace

WaveformView::WaveformView(Timeline& timeline, QWidget* parent) : QWidget(parent), timeline_(timeline) {
  setObjectName(QStringLiteral("waveform"));
  call_picture(*this);
  setAccessibleName(tr("Waveforms"));
  setToolTip(tr("Click to go there, drag to loop, wheel to zoom, Shift+wheel to move"));
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  connect(&timeline_, &Timeline::visibleChanged, this, &WaveformView::redraw);
  connect(&timeline_, &Timeline::cursorChanged, this, &WaveformView::movePlayhead);
  for (const auto changed :
       {&Timeline::pointerChanged, &Timeline::selectionChanged, &Timeline::markersChanged})
    connect(&timeline_, changed, this, qOverload<>(&QWidget::update));
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

void WaveformView::zoomIn() { zoomAtCursor(1 / kStep); }
void WaveformView::zoomOut() { zoomAtCursor(kStep); }

void WaveformView::zoomAtCursor(double factor) {
  const auto& visible = timeline_.visible();
  timeline_.zoom(factor, std::clamp(timeline_.cursor(), visible.begin, visible.end));
}

void WaveformView::redraw() {
  lanes_ = {};
  update();
}

QRect WaveformView::playhead_strip(double seconds) const {
  return {static_cast<int>(std::floor(xOf(seconds))) - 6, 0, 13, height()};
}

// --- painting ---

void WaveformView::draw_wave(QPainter& painter, const QRect& lane, const PlayerTrack& track,
                             int index) const {
  const bool active = index == active_;
  const QColor colour = track_colour(track);
  const double middle = lane.center().y() + 0.5, half = lane.height() / 2.0 - 2;
  const auto y_of = [&](double value) { return middle - std::clamp(value, -1.0, 1.0) * half; };
  painter.setPen(QPen(colours().faint, 1));
  painter.drawLine(QPointF(lane.left(), middle), QPointF(lane.right(), middle));

  const auto& visible = timeline_.visible();
  const double per_pixel = visible.length() * kSampleRate / std::max(1, lane.width());
  const auto& samples = *track.samples;
  const double gain = track.gain;
  if (per_pixel < 2) {
    QPainterPath path;
    const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(visible.begin * kSampleRate) - 1);
    const auto last = std::min<std::int64_t>(static_cast<std::int64_t>(samples.size()) - 1,
                                             static_cast<std::int64_t>(visible.end * kSampleRate) + 2);
    for (auto i = first; i <= last; ++i) {
      const QPointF point(xOf(static_cast<double>(i) / kSampleRate),
                          y_of(gain * samples[static_cast<std::size_t>(i)]));
      i == first ? path.moveTo(point) : path.lineTo(point);
    }
    painter.setPen(QPen(with_alpha(colour, active ? 1 : 0.6), 1.3));
    painter.drawPath(path);
    return;
  }
  // Each device pixel its own stretch: extremes pale, where most of the power is full.
  const double ratio = painter.device()->devicePixelRatioF();
  const int columns = static_cast<int>(lane.width() * ratio);
  QVector<QLineF> extremes, power;
  for (int column = 0; column < columns; ++column) {
    const double x = (column + 0.5) / ratio;
    const auto sample_at = [&](double at) {
      return static_cast<std::int64_t>(secondsAt(at / ratio) * kSampleRate);
    };
    const auto begin = sample_at(column), end = std::max(begin + 1, sample_at(column + 1));
    if (begin >= static_cast<std::int64_t>(samples.size())) break;
    const auto stretch = track.peaks->of(begin, end);
    extremes.append(QLineF(x, y_of(gain * stretch.highest) - 0.5, x, y_of(gain * stretch.lowest) + 0.5));
    const double top = std::min(gain * stretch.rms, std::max(0.0, gain * stretch.highest));
    const double bottom = std::max(-gain * stretch.rms, std::min(0.0, gain * stretch.lowest));
    power.append(QLineF(x, y_of(top), x, y_of(bottom)));
  }
  painter.setRenderHint(QPainter::Antialiasing, false);
  painter.setPen(QPen(with_alpha(colour, active ? 0.55 : 0.3), 1 / ratio, Qt::SolidLine, Qt::FlatCap));
  painter.drawLines(extremes);
  painter.setPen(QPen(with_alpha(colour, active ? 1 : 0.45), 1 / ratio, Qt::SolidLine, Qt::FlatCap));
  painter.drawLines(power);
  painter.setRenderHint(QPainter::Antialiasing);
}

void WaveformView::draw_ruler(QPainter& painter) const {
  const auto& visible = timeline_.visible();
  const double per_pixel = visible.length() / std::max(1, width());
  if (per_pixel <= 0) return;
  const double step = tick_step(per_pixel, fontMetrics().horizontalAdvance(QStringLiteral("00.0000 s")) + 12);
  const int bottom = rulerHeight() - 2;
  const auto last = static_cast<std::int64_t>(std::floor(visible.end / step));
  for (auto i = static_cast<std::int64_t>(std::ceil(visible.begin / step)); i <= last; ++i) {
    const double tick = static_cast<double>(i) * step;
    const double x = xOf(tick);
    painter.setPen(colours().faint);
    painter.drawLine(QPointF(x, bottom - 4), QPointF(x, height()));
    const QString text = with_unit(tick, decimals_for(step), "s");
    const int wide = fontMetrics().horizontalAdvance(text);
    if (x + 4 + wide > width()) break;
    painter.setPen(colours().muted);
    painter.drawText(QPointF(x + 3, fontMetrics().ascent() + 1), text);
  }
}

void WaveformView::draw_lanes() {
  lanes_ = QPixmap(size() * devicePixelRatioF());
  lanes_.setDevicePixelRatio(devicePixelRatioF());
  lanes_.fill(palette().color(QPalette::Window));
  QPainter painter(&lanes_);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setFont(font());
  for (int i = 0; i < static_cast<int>(tracks_.size()); ++i) painter.fillRect(lane(i), colours().plot);
  draw_ruler(painter);
  for (int i = 0; i < static_cast<int>(tracks_.size()); ++i) {
    const QRect at = lane(i);
    const auto& track = tracks_[static_cast<std::size_t>(i)];
    painter.setClipRect(at);
    draw_wave(painter, at, track, i);
    painter.setClipping(false);
    painter.setPen(QPen(i == active_ ? track_colour(track) : colours().faint, 1));
    painter.drawRect(QRectF(at).adjusted(0.5, 0.5, -0.5, -0.5));
  }
}

void WaveformView::draw_selection(QPainter& painter) const {
  const auto& range = timeline_.drawn() ? timeline_.drawn() : timeline_.selection();
  if (!range) return;
  const double from = xOf(range->begin), to = xOf(range->end);
  const bool strong = timeline_.drawn() || timeline_.looped();
  const QColor colour = strong ? palette().color(QPalette::Highlight) : colours().muted;
  const QRectF area(from, rulerHeight() - 4, to - from, height() - rulerHeight() + 4);
  painter.fillRect(area, with_alpha(colour, strong ? 0.18 : 0.08));
  painter.setPen(QPen(colour, 1.5, strong ? Qt::SolidLine : Qt::DashLine));
  painter.drawLine(area.topLeft(), area.bottomLeft());
  painter.drawLine(area.topRight(), area.bottomRight());
  // Grips at the ruler.
  painter.fillRect(QRectF(from, rulerHeight() - 4, to - from, 3), colour);
}

/// Flags at the ruler, numbered from the worst.
void WaveformView::draw_markers(QPainter& painter) const {
  QFont small = font();
  small.setPointSizeF(small.pointSizeF() * 0.8);
  small.setBold(true);
  painter.setFont(small);
  const double high = QFontMetricsF(small).height();
  for (std::size_t i = 0; i < timeline_.markers().size(); ++i) {
    const double x = xOf(timeline_.markers()[i]);
    if (x < 0 || x > width()) continue;
    const auto text = QString::number(i + 1);
    painter.setPen(QPen(colours().caution, 1));
    painter.drawLine(QPointF(x, rulerHeight() - 2), QPointF(x, height()));
    const QRectF flag(x, rulerHeight() - 2, QFontMetricsF(small).horizontalAdvance(text) + 6, high);
    painter.fillRect(flag, colours().caution);
    painter.setPen(palette().color(QPalette::Base));
    painter.drawText(flag, Qt::AlignCenter, text);
  }
  painter.setFont(font());
}

void WaveformView::draw_hover(QPainter& painter) const {
  if (!timeline_.pointer() || drag_ == Drag::pan) return;
  const double x = xOf(*timeline_.pointer());
  painter.setPen(QPen(colours().muted, 1, Qt::DotLine));
  painter.drawLine(QPointF(x, rulerHeight()), QPointF(x, height()));
  QString text = with_unit(*timeline_.pointer(), 3, "s");
  if (timeline_.drawn()) text = tr("%1 s long").arg(QLocale().toString(timeline_.drawn()->length(), 'f', 3));
  const double wide = fontMetrics().horizontalAdvance(text) + 10;
  const QRectF label(std::clamp(x - wide / 2, 0.0, std::max(0.0, width() - wide)), 0, wide,
                     rulerHeight() - 4);
  painter.setPen(Qt::NoPen);
  painter.setBrush(palette().color(QPalette::ToolTipBase));
  painter.drawRoundedRect(label, 3, 3);
  painter.setPen(palette().color(QPalette::ToolTipText));
  painter.drawText(label, Qt::AlignCenter, text);
}

void WaveformView::draw_playhead(QPainter& painter) const {
  const double x = xOf(timeline_.cursor()), top = rulerHeight() - 4;
  if (x < -6 || x > width() + 6) return;
  const QColor colour = palette().color(QPalette::Text);
  painter.setPen(QPen(colour, 1.5));
  painter.drawLine(QPointF(x, top), QPointF(x, height()));
  painter.setPen(Qt::NoPen);
  painter.setBrush(colour);
  painter.drawPolygon(QPolygonF({{x - 5, top - 4}, {x + 5, top - 4}, {x, top + 3}}));
}

void WaveformView::paintEvent(QPaintEvent* event) {
  // Another screen may have other pixels, which no event tells of.
  if (lanes_.isNull() || lanes_.devicePixelRatio() != devicePixelRatioF()) draw_lanes();
  QPainter painter(this);
  painter.setClipRegion(event->region());
  painter.drawPixmap(0, 0, lanes_);
  if (hasFocus()) {
    painter.setPen(palette().color(QPalette::Highlight));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
  }
  if (tracks_.empty()) return;
  painter.setRenderHint(QPainter::Antialiasing);
  draw_selection(painter);
  draw_markers(painter);
  draw_hover(painter);
  draw_playhead(painter);
}

void WaveformView::resizeEvent(QResizeEvent*) { redraw(); }

void WaveformView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) redraw();
  QWidget::changeEvent(event);
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
    const Drag edge = edge_at(pressed_.x());
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
    setCursor(edge_at(x) == Drag::none ? Qt::ArrowCursor : Qt::SplitHCursor);
  }
}

void WaveformView::mouseReleaseEvent(QMouseEvent* event) {
  const Drag drag = std::exchange(drag_, Drag::none);
  const auto drawn = timeline_.drawn();
  timeline_.setDrawn({});
  if (drag == Drag::pan) setCursor(Qt::ArrowCursor);
  if (event->button() == Qt::LeftButton && drag == Drag::press) {
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
  QPoint notches = event->angleDelta();
  if (event->modifiers() & Qt::ShiftModifier && notches.x() == 0) notches = notches.transposed();
  if (std::abs(notches.x()) > std::abs(notches.y()))
    timeline_.move(-notches.x() / 120.0 * 0.1);
  else
    timeline_.zoom(std::pow(kStep, -notches.y() / 120.0), secondsAt(event->position().x()));
  event->accept();
}

}  // namespace octet::ui
