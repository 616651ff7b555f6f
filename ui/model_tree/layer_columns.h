#pragma once

#include <QObject>
#include <QTimer>
#include <map>

class QMenu;
class QTreeView;

namespace octet::ui {

/// Which columns of the layer tree are shown, and how wide: names get the width they need, then come the
/// other columns that fit whole, or that the person asked for. Nothing is seen by half.
class LayerColumns : public QObject {
  Q_OBJECT

 public:
  /// Of a view of a LayerTreeModel, which outlives this.
  explicit LayerColumns(QTreeView& view);

  /// To the width there is and the rows there are.
  void fit();
  /// Which columns are shown: what the header's context menu holds. The caller's to delete.
  QMenu* menu();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  QTreeView& view_;
  QTimer fit_soon_;
  std::map<int, int> widths_;   // of those whose width does not depend on the rows
  std::map<int, int> units_;    // what a unit in the head takes beside that
  std::map<int, bool> chosen_;  // shown or hidden by the person; the others as there is room
};

}  // namespace octet::ui
