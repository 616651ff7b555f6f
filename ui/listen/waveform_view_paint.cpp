// How the waveforms are painted.

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "ui/language/symbols.h"
#include "ui/listen/decibel.h"
#include "ui/listen/waveform_view.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

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

/// What a lane has no room for, as a line at its edge.
void draw_cut(QPainter& painter, const QVector<QLineF>& cut, const QColor& colour) {
  painter.setPen(QPen(colour, 2, Qt::SolidLine, Qt::FlatCap));
  painter.drawLines(cut);
}

}  // namespace

/// Where samples of a lane stand, as high as its sound times `gain`.
struct WaveformView::LaneScale {
  double middle, half, gain;

  double y_of(double sample) const { return middle - std::clamp(gain * sample, -1.0, 1.0) * half; }
  /// Adds the edge that `sample` is beyond, for `wide` around `x`.
  void mark_cut(QVector<QLineF>& cut, double sample, double x, double wide) const {
    if (std::abs(gain * sample) > 1)
      cut.append(QLineF(x - wide / 2, y_of(sample), x + wide / 2, y_of(sample)));
  }
};

double WaveformView::drawn_gain(const PlayerTrack& track) const {
  return track.gain * std::pow(10, magnification_ / 20.0);
}

void WaveformView::draw_wave(QPainter& painter, const QRect& lane, int index) const {
  const auto& track = tracks_[static_cast<std::size_t>(index)];
  const LaneScale scale{lane.center().y() + 0.5, lane.height() / 2.0 - 2, drawn_gain(track)};
  painter.setPen(QPen(colours().faint, 1));
  painter.drawLine(QPointF(lane.left(), scale.middle), QPointF(lane.right(), scale.middle));
  const double samples_per_pixel = timeline_.visible().length() * kSampleRate / std::max(1, lane.width());
  samples_per_pixel < 2 ? draw_samples(painter, scale, index) : draw_stretches(painter, scale, index);
}

void WaveformView::draw_samples(QPainter& painter, const LaneScale& scale, int index) const {
  const auto& track = tracks_[static_cast<std::size_t>(index)];
  const auto& visible = timeline_.visible();
  const auto& samples = *track.samples;
  const double wide = width() / (visible.length() * kSampleRate);
  QPainterPath path;
  QVector<QLineF> cut;
  const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(visible.begin * kSampleRate) - 1);
  const auto last = std::min<std::int64_t>(static_cast<std::int64_t>(samples.size()) - 1,
                                           static_cast<std::int64_t>(visible.end * kSampleRate) + 2);
  for (auto i = first; i <= last; ++i) {
    const double sample = samples[static_cast<std::size_t>(i)], x = xOf(static_cast<double>(i) / kSampleRate);
    i == first ? path.moveTo(x, scale.y_of(sample)) : path.lineTo(x, scale.y_of(sample));
    scale.mark_cut(cut, sample, x, wide);
  }
  painter.setPen(QPen(with_alpha(track_colour(track), index == active_ ? 1 : 0.6), 1.3));
  painter.drawPath(path);
  draw_cut(painter, cut, palette().color(QPalette::Text));
}

/// Each device pixel its own stretch: extremes pale, where most of the power is full.
void WaveformView::draw_stretches(QPainter& painter, const LaneScale& scale, int index) const {
  const auto& track = tracks_[static_cast<std::size_t>(index)];
  const bool active = index == active_;
  const double ratio = painter.device()->devicePixelRatioF();
  const int columns = static_cast<int>(width() * ratio);
  QVector<QLineF> extremes, power, cut;
  for (int column = 0; column < columns; ++column) {
    const double x = (column + 0.5) / ratio;
    const auto sample_at = [&](double at) {
      return static_cast<std::int64_t>(secondsAt(at / ratio) * kSampleRate);
    };
    const auto begin = sample_at(column), end = std::max(begin + 1, sample_at(column + 1));
    if (begin >= static_cast<std::int64_t>(track.samples->size())) break;
    const auto [lowest, highest, rms] = track.stretch(begin, end);
    extremes.append(QLineF(x, scale.y_of(highest) - 0.5, x, scale.y_of(lowest) + 0.5));
    power.append(QLineF(x, scale.y_of(std::min(rms, std::max(0.0F, highest))), x,
                        scale.y_of(std::max(-rms, std::min(0.0F, lowest)))));
    for (const float extreme : {lowest, highest}) scale.mark_cut(cut, extreme, x, 1 / ratio);
  }
  const QColor colour = track_colour(track);
  painter.setRenderHint(QPainter::Antialiasing, false);
  painter.setPen(QPen(with_alpha(colour, active ? 0.55 : 0.3), 1 / ratio, Qt::SolidLine, Qt::FlatCap));
  painter.drawLines(extremes);
  painter.setPen(QPen(with_alpha(colour, active ? 1 : 0.45), 1 / ratio, Qt::SolidLine, Qt::FlatCap));
  painter.drawLines(power);
  draw_cut(painter, cut, palette().color(QPalette::Text));
  painter.setRenderHint(QPainter::Antialiasing);
}

/// Of each wave that is not as high as its sound, so that nobody takes it for louder: by how much. Below,
/// where there are no flags.
void WaveformView::draw_gains(QPainter& painter) const {
  QFont small = font();
  small.setPointSizeF(small.pointSizeF() * 0.88);
  const QFontMetricsF metrics(small);
  painter.setFont(small);
  for (int i = 0; i < static_cast<int>(tracks_.size()); ++i) {
    const double decibel = decibels(drawn_gain(tracks_[static_cast<std::size_t>(i)]));
    if (std::abs(decibel) < 0.05) continue;
    const auto text = tr("drawn at %1 dB").arg(signed_number(decibel));
    const QSizeF size(metrics.horizontalAdvance(text) + 8, metrics.height());
    const QRectF place(QPointF(lane(i).right() - size.width(), lane(i).bottom() - size.height() - 1), size);
    painter.fillRect(place, with_alpha(colours().plot, 0.85));
    painter.setPen(magnification_ > 0 ? palette().color(QPalette::Text) : colours().muted);
    painter.drawText(place, Qt::AlignCenter, text);
  }
  painter.setFont(font());
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
    draw_wave(painter, at, i);
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
  flags().draw(painter, palette().color(QPalette::Base));
  draw_gains(painter);  // a line through a plus would make a minus of it
  draw_hover(painter);
  draw_playhead(painter);
}

void WaveformView::resizeEvent(QResizeEvent*) { redraw(); }

void WaveformView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) redraw();
  QWidget::changeEvent(event);
}

}  // namespace octet::ui
