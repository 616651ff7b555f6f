#pragma once

#include <QObject>
#include <QUndoStack>
#include <memory>

#include "core/checkpoint/checkpoint.h"
#include "core/plan/plan.h"

namespace octet::ui {

class PlanEditor : public QObject {
  Q_OBJECT

 public:
  PlanEditor(std::shared_ptr<const Checkpoint> checkpoint, PrecisionPlan plan, QObject* parent = nullptr)
      : QObject(parent), checkpoint_(std::move(checkpoint)), plan_(std::move(plan)) {}
  const PrecisionPlan& plan() const { return plan_; }
  void setPlan(const PrecisionPlan& plan) {
    plan_ = plan;
    Q_EMIT planChanged();
  }
  QUndoStack* undoStack() { return &stack_; }

 Q_SIGNALS:
  void planChanged();

 private:
  std::shared_ptr<const Checkpoint> checkpoint_;
  PrecisionPlan plan_;
  QUndoStack stack_;
};

}  // namespace octet::ui
