#pragma once

#include <QSortFilterProxyModel>
#include <optional>
#include <set>

#include "core/plan/glob.h"
#include "core/tensor/layer.h"

namespace octet::ui {

/// Shows the layers a person looks for, with the paths that lead to them. Text is searched
/// for anywhere in the name, also with the wildcards of plans in it.
class LayerFilter : public QSortFilterProxyModel {
  Q_OBJECT

 public:
  explicit LayerFilter(QObject* parent = nullptr);

  void setText(const QString& text);
  /// Types of layers to show; empty: all.
  void setTypes(const std::set<LayerType>& types);
  /// Only layers whose weight is int8 under the plan.
  void setInt8Only(bool only);
  /// Only layers that differ from the reference plan.
  void setDifferentOnly(bool only);
  /// Whether anything is hidden.
  bool active() const;

 protected:
  bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

 private:
  QString text_;
  std::optional<Glob> pattern_;
  std::set<LayerType> types_;
  bool int8_only_ = false;
  bool different_only_ = false;
};

}  // namespace octet::ui
