#pragma once

#include <QWidget>

#include "ui/jobs/jobs_model.h"

class QTreeView;

namespace octet::ui {

/// The list of jobs. Each can be cancelled: by a click on its ×, or by Delete.
class JobsPanel : public QWidget {
  Q_OBJECT

 public:
  explicit JobsPanel(QWidget* parent = nullptr);

  JobsModel& model() { return *model_; }

 private:
  JobsModel* model_;
  QTreeView* table_;
};

}  // namespace octet::ui
