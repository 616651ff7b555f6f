#pragma once

#include <QPersistentModelIndex>
#include <QPointer>
#include <QWidget>
#include <memory>
#include <optional>

#include "ui/model_tree/bytes_bar.h"
#include "ui/model_tree/plan_editor.h"

class QLabel;
class QLayout;
class QLineEdit;
class QMenu;
class QPushButton;
class QStackedLayout;
class QToolButton;
class QTreeView;

namespace octet::ui {

struct LayerColumn;
class LayerColumns;
class LayerFilter;
class LayerTreeModel;

/// The model as a tree whose precisions are edited, with search, what is known of the current layer, and what
/// the plan comes to in bytes.
class ModelTreePanel : public QWidget {
  Q_OBJECT

 public:
  /// Looks into the layer that is chosen, as desktops open the properties of a file.
  static constexpr auto kInspectKey = Qt::ALT | Qt::Key_Return;

  explicit ModelTreePanel(QWidget* parent = nullptr);

  /// Whose plan is shown and edited, and of the same checkpoint the one that rows are marked as different
  /// from; nullptr: none.
  void setEditor(PlanEditor* editor, const PlanEditor* reference = nullptr);
  void setWeightSnr(std::vector<float> decibels);
  /// As LayerTreeModel::setDamages.
  void setDamages(std::vector<float> damages);
  /// Layers that a plan decides about and the filter shows; none where it is not active.
  std::vector<std::string> foundLayers() const;
  /// Selects the layer, or the part of the model that layers are below, and scrolls to it, filter or not.
  void revealLayer(const QString& name);
  /// The same of several layers, of which the last is the current one.
  void revealLayers(const QStringList& names);
  void focusSearch();

  /// Gives the selected rows a precision; a path means all below it. One step to undo.
  void choose(Precision precision);
  /// The same although the layers are  protected: the person was told why, and wants it.
  void force(Precision precision);
  /// Takes back what was chosen for the selected layers, or for all of a path.
  void backToRules();
  /// Selects every layer with the shape and type of the current one.
  void selectSameShape();

  /// What can be chosen for the selected rows, what each would weigh, and why one is locked. The caller's to
  /// delete.
  QMenu* precisionMenu();
  /// Which columns are shown: what the header's context menu holds. The caller's to delete.
  QMenu* columnMenu();

  QTreeView& view() { return *view_; }
  LayerTreeModel& model() { return *model_; }
  LayerFilter& filter() { return *filter_; }

 Q_SIGNALS:
  /// The current row is another: a layer of the table, -1 where it is a path or none.
  void layerChosen(int layer);
  /// A person wants to look into the layer that is chosen.
  void inspectionRequested();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  QLayout* makeChips();
  void makeTree();
  std::vector<int> selectedLayers() const;
  std::optional<std::string> wholePath() const;
  std::vector<std::string> chosenNames() const;
  std::vector<std::string> namesSeen(const std::vector<int>& layers) const;
  QMenu* menuOf(const LayerColumn& column);
  void openMenu(const QModelIndex& index);
  void apply(const Choice& choice);
  void showFilter();
  void clearFilter();
  void goToFirstFound();
  void showCount();
  void showTopLevels();
  void showDetail();
  void showSize();
  void showMenu(const QPoint& where);

  QPointer<PlanEditor> editor_;
  LayerTreeModel* model_;
  LayerFilter* filter_;
  QLineEdit* search_;
  QTreeView* view_;
  QLabel* detail_;
  QLabel* warning_;
  BytesBar* bytes_;
  std::vector<BytesBar::Line> float_sizes_;  // what the plan's bar stands beside; edits do not change it
  QWidget* work_;
  QLabel* empty_;
  QStackedLayout* pages_;
  QLabel* count_;
  QLabel* no_match_;
  LayerColumns* columns_;
  QPersistentModelIndex chosen_;  // in the model
  QPushButton* types_;
  QToolButton* int8_chip_;
  QToolButton* different_chip_;
};

}  // namespace octet::ui
