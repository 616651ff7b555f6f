#include "ui/model_tree/layer_delegate.h"

#include <QApplication>
#include <QPainter>

#include "ui/model_tree/layer_column.h"
#include "ui/theme/theme.h"

namespace octet::ui {

void LayerDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                          const QModelIndex& index) const {
  const auto& column = layer_columns()[static_cast<std::size_t>(index.column())];
  auto cell = option;
  initStyleOption(&cell, index);
  if (column.paints_text) cell.text.clear();
  const auto* style = option.widget ? option.widget->style() : QApplication::style();
  style->drawControl(QStyle::CE_ItemViewItem, &cell, painter, option.widget);
  if (!column.paint) return;
  painter->save();
  painter->setClipRect(option.rect);
  column.paint(*painter, cell, index);
  painter->restore();
}

QSize LayerDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  return QStyledItemDelegate::sizeHint(option, index) + QSize(0, kSpacing);
}

}  // namespace octet::ui
