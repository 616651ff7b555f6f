#pragma once

#include <QDialog>
#include <QPointer>
#include <array>
#include <vector>

#include "core/plan/plan_difference.h"
#include "ui/model_tree/plan_editor.h"

class QComboBox;
class QDialogButtonBox;
class QLabel;
class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

namespace octet::ui {

/// What two plans treat differently, grouped, with what it weighs; each change can be taken over into either.
/// Follows the plans while they are edited, and closes when one of them is gone.
class PlanDiffDialog : public QDialog {
  Q_OBJECT

 public:
  enum class Grouping { component, decider };
  struct Side {
    QString name;
    int slot = 0;  ///< whose colour it has
    QPointer<PlanEditor> editor;
  };

  PlanDiffDialog(const Side& first, const Side& second, QWidget* parent = nullptr);

  /// Of the selected groups and layers. One step to undo in that plan.
  void takeOver(std::size_t into);
  /// The last step of the plan that was changed here last.
  void undo();

 Q_SIGNALS:
  void layerChosen(const QString& layer);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void makeTree();
  QDialogButtonBox* makeButtons();
  void fill();
  QTreeWidgetItem* addGroup(const DifferenceGroup& group);
  QString title(const DifferenceGroup& group) const;
  std::vector<std::size_t> selected() const;
  void showWhatCanBeDone();
  void colour();

  std::array<Side, 2> sides_;
  std::vector<DifferenceGroup> groups_;  ///< a top-level item each
  QPointer<PlanEditor> changed_;         ///< here last
  QLabel* summary_;
  QComboBox* grouping_;
  QTreeWidget* tree_;
  std::array<QPushButton*, 2> take_over_{};
  QPushButton* undo_;
};

}  // namespace octet::ui
