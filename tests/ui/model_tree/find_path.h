#pragma once

#include <QAbstractItemModel>
#include <QString>
#include <algorithm>

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

/// The number of a column of the layer tree.
inline int column(std::string_view id) {
  const auto found = std::ranges::find(ui::layer_columns(), id, &ui::LayerColumn::id);
  if (found == ui::layer_columns().end()) qFatal("there is no such column");
  return static_cast<int>(found - ui::layer_columns().begin());
}

}  // namespace octet::test
