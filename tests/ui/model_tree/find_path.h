#pragma once

#include <QAbstractItemModel>
#include <QString>

#include "ui/model_tree/layer_tree_model.h"

namespace octet::test {

/// The row of a layer tree, or of a filter of one, that stands for `path`; invalid where there is none.
inline QModelIndex find_path(const QAbstractItemModel& model, const QString& path,
                             const QModelIndex& parent = {}) {
  for (int i = 0; i < model.rowCount(parent); ++i) {
    const auto index = model.index(i, 0, parent);
    if (index.data(ui::LayerTreeModel::kPathRole).toString() == path) return index;
    if (const auto below = find_path(model, path, index); below.isValid()) return below;
  }
  return {};
}

}  // namespace octet::test
