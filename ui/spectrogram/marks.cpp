#include "ui/spectrogram/marks.h"

#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

/// A line that shows on any colour: light, with a dark seam.
void draw_line(QCPPainter* painter, const QLineF& line, Qt::PenStyle style, int opacity) {
  painter->setPen(QPen(QColor(0, 0, 0, opacity / 2), 3, style, Qt::FlatCap));
  painter->drawLine(line);
  painter->setPen(QPen(QColor(255, 255, 255, opacity), 1, style, Qt::FlatCap));
  painter->drawLine(line);
}

/// Half a pixel in, so that a line of one pixel lies on one row of them.
double on_pixel(double coordinate) { return std::floor(coordinate) + 0.5; }

}  // namespace

Markings::Markings(QCPAxisRect* rect) : QCPAbstractItem(rect->parentPlot()), rect_(rect) {
  setSelectable(false);
  setClipToAxisRect(false);
  setClipAxisRect(rect);
}

void Markings::draw(QCPPainter* painter) {
  const auto* time = rect_->axis(QCPAxis::atBottom);
  const auto* frequency = rect_->axis(QCPAxis::atLeft);
  painter->setPen(Qt::NoPen);
  painter->setBrush(colours().muted);
  const QRectF strip(rect_->left(), rect_->top() - kStrip - 1, rect_->width(), kStrip);
  for (const auto& pause : pauses_) {
    const double from = time->coordToPixel(pause.from);
    const double to = time->coordToPixel(pause.to);
    if (to < strip.left() || from > strip.right()) continue;
    painter->drawRect(QRectF(from, strip.top(), std::max(to - from, 1.0), strip.height()) & strip);
  }
  painter->setAntialiasing(false);
  for (const double edge : {band_.lower, band_.upper}) {
    if (!frequency->range().contains(edge)) continue;
    const double y = on_pixel(frequency->coordToPixel(edge));
    draw_line(painter, {double(rect_->left()), y, double(rect_->right()), y}, Qt::DashLine, 150);
  }
}

CursorLines::CursorLines(QCPAxisRect* rect) : QCPAbstractItem(rect->parentPlot()), rect_(rect) {
  setSelectable(false);
  setClipAxisRect(rect);
}

void CursorLines::draw(QCPPainter* painter) {
  const auto* time = rect_->axis(QCPAxis::atBottom);
  const auto* frequency = rect_->axis(QCPAxis::atLeft);
  painter->setAntialiasing(false);
  const auto upright = [&](double seconds, Qt::PenStyle style, int opacity) {
    if (!time->range().contains(seconds)) return;
    const double x = on_pixel(time->coordToPixel(seconds));
    draw_line(painter, {x, double(rect_->top()), x, double(rect_->bottom())}, style, opacity);
  };
  if (pointer_) {
    upright(pointer_->x(), Qt::DotLine, 190);
    const double y = on_pixel(frequency->coordToPixel(pointer_->y()));
    draw_line(painter, {double(rect_->left()), y, double(rect_->right()), y}, Qt::DotLine, 190);
  }
  upright(playhead_, Qt::SolidLine, 255);
}

}  // namespace octet::ui
