#pragma once

#include <QDialog>

#include "core/plan/edit.h"
#include "ui/model_tree/plan_editor.h"

class QTextEdit;
class QTreeWidget;

namespace octet::ui {

/// Two plans side by side: the lines of their files that differ, and the layers that come out differently.
class PlanDiffDialog : public QDialog {
  Q_OBJECT

 public:
  PlanDiffDialog(const QString& first_name, const PlanEditor& first, const QString& second_name,
                 const PlanEditor& second, QWidget* parent = nullptr);

 Q_SIGNALS:
  void layerChosen(const QString& layer);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void colour();

  std::vector<PlanLine> differing_;
  QTextEdit* lines_ = nullptr;
  QTreeWidget* layers_ = nullptr;
};

}  // namespace octet::ui
