#include "ui/timeline/marker_flags.h"

#include <QFontMetricsF>
#include <QLocale>
#include <algorithm>

#include "ui/language/tr.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

QString number_of(std::size_t marker) { return QLocale().toString(qulonglong(marker) + 1); }

}  // namespace

QFont MarkerFlags::small() const {
  auto made = font;
  made.setPointSizeF(made.pointSizeF() * 0.8);
  made.setBold(true);
  return made;
}

double MarkerFlags::x_of(std::size_t marker) const {
  const auto& visible = timeline.visible();
  const double share =
      visible.length() > 0 ? (timeline.markers()[marker] - visible.begin) / visible.length() : 0;
  return row.left() + share * row.width();
}

bool MarkerFlags::seen(std::size_t marker) const {
  const double x = x_of(marker);
  return x >= row.left() && x <= row.right();
}

QRectF MarkerFlags::flag(std::size_t marker) const {
  const QFontMetricsF metrics(small());
  const double wide = metrics.horizontalAdvance(number_of(marker)) + 6;
  const double top = end == End::top ? row.top() : row.bottom() - metrics.height();
  return {std::min(x_of(marker), row.right() - wide), top, wide, metrics.height()};
}

void MarkerFlags::draw(QPainter& painter, const QColor& behind) const {
  QColor seam = behind;
  seam.setAlpha(128);
  painter.setFont(small());
  for (auto i = timeline.markers().size(); i-- > 0;) {  // the worst above the others
    if (!seen(i)) continue;
    const double x = x_of(i);
    for (const auto& pen : {QPen(seam, 3), QPen(colours().caution, 1)}) {
      painter.setPen(pen);
      painter.drawLine(QPointF(x, row.top()), QPointF(x, row.bottom()));
    }
    if (end == End::none) continue;
    painter.fillRect(flag(i), colours().caution);
    painter.setPen(behind);
    painter.drawText(flag(i), Qt::AlignCenter, number_of(i));
  }
  painter.setFont(font);
}

std::optional<std::size_t> MarkerFlags::at(QPointF place) const {
  for (std::size_t i = 0; i < timeline.markers().size(); ++i)
    if (end != End::none && seen(i) && flag(i).contains(place)) return i;
  return {};
}

QString MarkerFlags::text(std::size_t marker) const {
  return tr("The runs differ most at %3 s: place %1 of %2.\n"
            "Click to go there. M and Shift+M go to the next and to the one before.")
      .arg(number_of(marker), QLocale().toString(qulonglong(timeline.markers().size())),
           QLocale().toString(timeline.markers()[marker], 'f', 2));
}

}  // namespace octet::ui
