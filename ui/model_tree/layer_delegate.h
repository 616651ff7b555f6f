#pragma once

#include <QPainter>
#include <QStyledItemDelegate>

#include "ui/model_tree/layer_tree_model.h"
#include "ui/theme/theme.h"

namespace octet::ui {

/// A mark before names that differ from the reference plan.
class LayerDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    QStyledItemDelegate::paint(painter, option, index);
    if (index.column() == LayerTreeModel::kName && index.data(LayerTreeModel::kDifferentRole).toBool())
      painter->fillRect(QRect(option.rect.left(), option.rect.top() + 2, 3, option.rect.height() - 4),
                        run_colour(1));
  }

  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    return QStyledItemDelegate::sizeHint(option, index) + QSize(0, kSpacing);
  }
};

}  // namespace octet::ui
