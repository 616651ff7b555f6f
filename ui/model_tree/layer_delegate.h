#pragma once

#include <QStyledItemDelegate>

namespace octet::ui {

/// Cells of the layer tree: a mark before names that differ from the reference plan, and precisions by text
/// and by shape, as a bar whose parts are as high as the types are wide and as long as their share of the
/// weights.
class LayerDelegate : public QStyledItemDelegate {
  Q_OBJECT

 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

}  // namespace octet::ui
