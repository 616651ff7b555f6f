#pragma once

#include <QDialog>
#include <cstdint>
#include <functional>

#include "ui/jobs/job_runner.h"
#include "ui/study/front_points.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLayout;

namespace octet::ui {

class FrontChart;

/// Automatic plans of a study: each that is worth having, by size and foretold damage, beside built-in plans
/// and the window's. One of them is taken into a slot, or one within a budget. Closed, it gives up what it is
/// still making.
class FrontDialog : public QDialog {
  Q_OBJECT

 public:
  /// Plans are made on `lane`, which outlives this.
  FrontDialog(std::shared_ptr<const Checkpoint> checkpoint, std::shared_ptr<const Sensitivity> study,
              std::shared_ptr<const Calibration> calibration, JobRunner& lane, QWidget* parent = nullptr);

  /// The window's plans, and which of them is to be replaced at first.
  void setSlots(std::vector<SlotPlan> plans, int current);

 Q_SIGNALS:
  /// `text` says in words what plan it is.
  void taken(int slot, const octet::PrecisionPlan& plan, const QString& text);

 private:
  QLayout* makeBudgets();
  QDoubleSpinBox* makeBudget(const char* name, const QString& what, const QString& unit,
                             std::function<PlanBudget(double)> budget, QLayout& row);
  void makeFront(std::shared_ptr<const Checkpoint> checkpoint, std::shared_ptr<const Sensitivity> study,
                 std::shared_ptr<const Calibration> calibration);
  void placeSlots();
  void ask(const PlanBudget& budget);
  void showPoints();
  void take(int point);
  QString betterThanCurrent() const;
  void showBetter();

  JobRunner& lane_;
  const std::uint64_t checkpoint_bytes_;
  std::shared_ptr<const PlanMaker> maker_;  // once it was made on the lane
  std::vector<FrontPoint> front_, slot_points_, asked_;
  std::vector<SlotPlan> plans_;
  FrontChart* chart_;
  QDoubleSpinBox* bytes_;
  QDoubleSpinBox* damage_;
  QComboBox* slot_;
  QLabel* better_;  ///< than the plan in the slot
  QLabel* said_;
};

}  // namespace octet::ui
