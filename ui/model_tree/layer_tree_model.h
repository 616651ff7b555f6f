#pragma once

#include <QAbstractItemModel>
#include <QPointer>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "ui/model_tree/layer_column.h"
#include "ui/model_tree/plan_editor.h"

namespace octet::ui {

/// The layers of a checkpoint as the tree their names make, with what the plan does to each, in the columns
/// of layer_columns(). Chains of paths with one child are one row. Sums of what lies below are kept per plan,
/// so that painting only reads.
class LayerTreeModel : public QAbstractItemModel {
  Q_OBJECT

 public:
  enum Role {
    kLayerRole = Qt::UserRole,  ///< index in the layer table; -1 for a path
    kPathRole,                  ///< full name of layer or path
    kProtectedRole,             ///< bool: the plan's wish was not granted, or would not be
    kDifferentRole,             ///< bool: other than in the reference plan
    kValueRole,                 ///< the number behind the text
    kTypeRole,                  ///< LayerType as int; nothing for a path
    kInt8Role,                  ///< bool: a layer whose weight is int8 under the plan
    kSumsRole,                  ///< LayerSums
    kPlaceRole,                 ///< LayerColumn::Place as int, of a column's head
    kUnitRole,                  ///< of a column's head: its unit; set to a bool: whether the head says it
  };

  explicit LayerTreeModel(QObject* parent = nullptr);
  ~LayerTreeModel() override;

  /// Rows are marked as different from `reference`, which is resolved over the editor's layers, or empty.
  void setEditor(PlanEditor* editor, const ResolvedPlan& reference = {});
  PlanEditor* editor() const { return editor_; }
  /// dB per layer of the table; NaN where there is none.
  void setWeightSnr(std::vector<float> decibels);
  /// What a sensitivity study says of each layer of the table; NaN where nothing, empty: no study. Until
  /// there are other layers.
  void setDamages(std::vector<float> damages);
  /// Layers below a row, itself included, as indices in the layer table.
  std::vector<int> layersBelow(const QModelIndex& index) const;
  QModelIndex indexOfLayer(int layer) const;

  QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  QModelIndex parent(const QModelIndex& index) const override;
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  bool setHeaderData(int section, Qt::Orientation orientation, const QVariant& value, int role) override;

 private:
  struct Node;

  void build();
  void sumUp();
  static void addDamages(Node& node);
  std::vector<LayerColumn::Place> places() const;
  void refresh();
  Node* nodeOf(const QModelIndex& index) const;
  LayerRow rowOf(const Node& node) const;
  QString tooltip(const Node& node) const;

  QPointer<PlanEditor> editor_;
  std::unique_ptr<Node> root_;
  std::vector<Node*> of_layer_;
  ResolvedPlan reference_;
  std::vector<float> snr_;
  std::vector<float> damages_;
  std::set<int> units_said_;  // by the heads of these columns
};

}  // namespace octet::ui

Q_DECLARE_METATYPE(octet::ui::LayerSums)
