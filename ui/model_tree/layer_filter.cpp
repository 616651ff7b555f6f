#include "ui/model_tree/layer_filter.h"

#include "core/error.h"
#include "ui/model_tree/layer_tree_model.h"

namespace octet::ui {

LayerFilter::LayerFilter(QObject* parent) : QSortFilterProxyModel(parent) {
  // A row is shown when something below it is; the rows that only lead there decide nothing.
  setRecursiveFilteringEnabled(true);
}

// Going through all rows is what costs: what stays as it is asks for nothing.

void LayerFilter::setText(const QString& text) {
  if (text.trimmed() == text_) return;
  text_ = text.trimmed();
  pattern_.reset();
  if (is_pattern(text_.toStdString())) {
    try {
      // Anywhere in the name, as words are found.
      pattern_.emplace('*' + text_.toStdString() + '*');
    } catch (const Error&) {
      // A brace still open while typing: search for the text as it is.
    }
  }
  invalidateFilter();
}

void LayerFilter::setTypes(const std::set<LayerType>& types) {
  if (types == types_) return;
  types_ = types;
  invalidateFilter();
}

void LayerFilter::setInt8Only(bool only) {
  if (only == int8_only_) return;
  int8_only_ = only;
  invalidateFilter();
}

void LayerFilter::setDifferentOnly(bool only) {
  if (only == different_only_) return;
  different_only_ = only;
  invalidateFilter();
}

bool LayerFilter::active() const {
  return !text_.isEmpty() || !types_.empty() || int8_only_ || different_only_;
}

bool LayerFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
  if (!active()) return true;
  const auto row_index = sourceModel()->index(row, 0, parent);
  const auto type = row_index.data(LayerTreeModel::kTypeRole);
  if (!type.isValid()) return false;
  if (!types_.empty() && !types_.contains(static_cast<LayerType>(type.toInt()))) return false;
  if (int8_only_ && !row_index.data(LayerTreeModel::kInt8Role).toBool()) return false;
  if (different_only_ && !row_index.data(LayerTreeModel::kDifferentRole).toBool()) return false;
  if (text_.isEmpty()) return true;
  const auto path = row_index.data(LayerTreeModel::kPathRole).toString();
  return pattern_ ? pattern_->matches(path.toStdString()) : path.contains(text_, Qt::CaseInsensitive);
}

}  // namespace octet::ui
