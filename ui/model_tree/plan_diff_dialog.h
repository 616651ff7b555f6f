#pragma once

#include <QDialog>

#include "ui/model_tree/plan_editor.h"

namespace octet::ui {

/// Two plans side by side: the lines of their files that differ, and the layers that come out differently.
class PlanDiffDialog : public QDialog {
  Q_OBJECT

 public:
  PlanDiffDialog(const QString& first_name, const PlanEditor& first, const QString& second_name,
                 const PlanEditor& second, QWidget* parent = nullptr);

 Q_SIGNALS:
  void layerChosen(const QString& layer);
};

}  // namespace octet::ui
