#include "ui/spectrogram/marks.h"

#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr int kSolid = 0;

/// `dash`: pixels of a dash and of a gap.
void draw_line(QCPPainter* painter, const Ink& ink, const QLineF& line, int dash, int opacity) {
  const auto draw = [&](QColor colour, int width, int alpha) {
    colour.setAlpha(alpha);
    QPen pen(colour, width, Qt::SolidLine, Qt::FlatCap);
    if (dash > 0) pen.setDashPattern({double(dash) / width, double(dash) / width});
    painter->setPen(pen);
    painter->drawLine(line);
  };
  draw(ink.seam, 3, opacity / 2);
  draw(ink.line, 1, opacity);
}

/// Half a pixel in, so that a line of one pixel lies on one row of them.
double on_pixel(double coordinate) { return std::floor(coordinate) + 0.5; }

}  // namespace

Markings::Markings(QCPAxisRect* rect, const Timeline& timeline)
    : QCPAbstractItem(rect->parentPlot()), rect_(rect), timeline_(timeline) {
  setSelectable(false);
  setClipToAxisRect(false);
  setClipAxisRect(rect);
}

MarkerFlags Markings::flags() const {
  const QRectF row(rect_->left(), rect_->top(), rect_->width(), rect_->height());
  // Above stands what the picture is of.
  return {timeline_, row, parentPlot()->font(), low_ ? MarkerFlags::End::none : MarkerFlags::End::bottom};
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
    if (low_ || !frequency->range().contains(edge)) continue;
    const double y = on_pixel(frequency->coordToPixel(edge));
    draw_line(painter, ink_, {double(rect_->left()), y, double(rect_->right()), y}, 6, 170);
  }
  flags().draw(*painter, parentPlot()->palette().color(QPalette::Base));
}

CursorLines::CursorLines(QCPAxisRect* rect) : QCPAbstractItem(rect->parentPlot()), rect_(rect) {
  setSelectable(false);
  setClipAxisRect(rect);
}

void CursorLines::draw(QCPPainter* painter) {
  const auto* time = rect_->axis(QCPAxis::atBottom);
  const auto* frequency = rect_->axis(QCPAxis::atLeft);
  painter->setAntialiasing(false);
  const auto upright = [&](double seconds, int dash, int opacity) {
    if (!time->range().contains(seconds)) return;
    const double x = on_pixel(time->coordToPixel(seconds));
    draw_line(painter, ink_, {x, double(rect_->top()), x, double(rect_->bottom())}, dash, opacity);
  };
  if (selection_) {
    auto shade = ink_.seam;
    shade.setAlpha(70);
    const double from = time->coordToPixel(selection_->begin), to = time->coordToPixel(selection_->end);
    const double left = rect_->left(), right = rect_->right() + 1.0;
    // What is not selected steps back.
    for (const auto& [begin, end] : {std::pair(left, std::min(from, right)), {std::max(to, left), right}})
      if (end > begin) painter->fillRect(QRectF(begin, rect_->top(), end - begin, rect_->height()), shade);
    upright(selection_->begin, kSolid, 170);
    upright(selection_->end, kSolid, 170);
  }
  if (pointer_) upright(*pointer_, 2, 200);
  if (pointer_ && pointed_at_) {
    const double y = on_pixel(frequency->coordToPixel(*pointed_at_));
    draw_line(painter, ink_, {double(rect_->left()), y, double(rect_->right()), y}, 2, 200);
  }
  upright(playhead_, kSolid, 255);
}

}  // namespace octet::ui
