#include "ui/model_tree/layer_paint.h"

#include <QPainter>
#include <QStyleOptionViewItem>

#include "ui/model_tree/layer_tree_model.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr int kBar = 12;   // pixels of the bar beside a text, and of a lock
constexpr int kArrow = 7;  // of the mark that says that a cell can be opened

/// Widest type first: fp32 fills the height, int8 a quarter of it.
void draw_bar(QPainter& painter, const QRectF& area, const LayerSums& sums, const QColor& colour) {
  double all = 0;
  for (const auto& [precision, elements] : sums.precisions) all += static_cast<double>(elements);
  double left = area.left();
  for (const auto& [precision, elements] : sums.precisions) {
    const double width = area.width() * static_cast<double>(elements) / all;
    const double height = area.height() * static_cast<double>(size_of(dtype_of(precision))) / 4;
    painter.fillRect(QRectF(left, area.bottom() - height, std::max(1.0, width - 1), height), colour);
    left += width;
  }
}

}  // namespace

void paint_precision(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) {
  const auto sums = index.data(LayerTreeModel::kSumsRole).value<LayerSums>();
  if (sums.precisions.empty()) return;
  const bool selected = option.state.testFlag(QStyle::State_Selected);
  const auto group = option.state.testFlag(QStyle::State_Active) ? QPalette::Active : QPalette::Inactive;
  const auto text_colour = option.palette.color(group, selected ? QPalette::HighlightedText : QPalette::Text);
  const auto muted = selected ? text_colour : colours().muted;
  const auto cell = QRectF(option.rect).adjusted(kSpacing, 0, -kSpacing, 0);
  const double bar_height = std::min<double>(kBar, cell.height() - 4);
  const double top = cell.center().y() - bar_height / 2;
  const bool locked = index.siblingAtColumn(0).data(LayerTreeModel::kProtectedRole).toBool() &&
                      !index.siblingAtColumn(0).data(LayerTreeModel::kInt8Role).toBool();
  const double right = cell.right() - (locked ? kBar : kArrow);
  const double long_bar = right - cell.left() - kSpacing;
  draw_bar(painter, {cell.left(), top, sums.precisions.size() > 1 ? long_bar : kBar, bar_height}, sums,
           muted);
  if (sums.precisions.size() == 1) {
    painter.setPen(text_colour);
    painter.setFont(option.font);
    painter.drawText(
        QRectF(cell.left() + kBar + kSpacing, cell.top(), right - cell.left() - kBar, cell.height()),
        Qt::AlignLeft | Qt::AlignVCenter, index.data().toString());
  }
  if (locked) {
    const QRect place(static_cast<int>(right), static_cast<int>(cell.center().y()) - kBar / 2, kBar, kBar);
    icon(Icon::lock).paint(&painter, place, Qt::AlignCenter, selected ? QIcon::Selected : QIcon::Normal);
    return;
  }
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(muted);
  const double y = cell.center().y() - 1;
  painter.drawPolygon(
      QPolygonF({{right, y}, {right + kArrow, y}, {right + kArrow / 2.0, y + kArrow / 2.0 + 1}}));
}

void paint_heat(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) {
  constexpr int kHeight = 3;  // below the number, whose contrast stays
  const auto heat = index.data(LayerTreeModel::kSumsRole).value<LayerSums>().heat;
  if (heat <= 0) return;
  auto bar = option.rect.adjusted(1, option.rect.height() - kHeight - 1, -1, -1);
  bar.setLeft(bar.right() - qRound(bar.width() * heat));
  const bool selected = option.state.testFlag(QStyle::State_Selected);
  painter.fillRect(bar, option.palette.color(selected ? QPalette::HighlightedText : QPalette::Text));
}

void paint_difference(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) {
  if (!index.data(LayerTreeModel::kDifferentRole).toBool()) return;
  constexpr int kWidth = 3;
  painter.fillRect(QRect(option.rect.left(), option.rect.top() + 2, kWidth, option.rect.height() - 4),
                   colours().muted);
}

}  // namespace octet::ui
