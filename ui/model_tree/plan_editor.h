#pragma once

#include <QByteArray>
#include <QObject>
#include <QUndoStack>
#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/plan/plan.h"
#include "core/plan/size.h"

namespace octet::ui {

/// A plan for one checkpoint, edited in steps that can be undone, with what it comes to. One edit, however
/// many layers it touches, is one step.
class PlanEditor : public QObject {
  Q_OBJECT

 public:
  PlanEditor(std::shared_ptr<const Checkpoint> checkpoint, const PrecisionPlan& plan,
             QObject* parent = nullptr);

  const PrecisionPlan& plan() const { return plan_; }
  /// Whether it does anything else than when it was opened or chosen.
  bool edited() const;
  const ResolvedPlan& resolved() const { return *resolved_; }
  /// For work and runs that outlive the next edit: all of one plan share it.
  const std::shared_ptr<const ResolvedPlan>& sharedResolved() const { return resolved_; }
  /// Of what is done with each layer: equal for plans that do the same with this checkpoint.
  const QByteArray& fingerprint() const { return fingerprint_; }
  const PlanSize& size() const { return size_; }
  /// For methods that need one; none: such layers are kept in the base.
  const std::shared_ptr<const Calibration>& calibration() const { return calibration_; }
  const Checkpoint& checkpoint() const { return *checkpoint_; }
  /// For work that may outlive this.
  const std::shared_ptr<const Checkpoint>& sharedCheckpoint() const { return checkpoint_; }
  QUndoStack* undoStack() { return &undo_stack_; }

  /// Another plan in this one's place. Throws Error(input) for one that names layers that are not there.
  void setPlan(const PrecisionPlan& plan, const QString& text);
  /// Another calibration, of this checkpoint, or none. It is no step: plans do not say which one they take.
  void setCalibration(std::shared_ptr<const Calibration> calibration);
  /// What another plan would do with this checkpoint and calibration. Throws as setPlan does.
  ResolvedPlan resolvedOf(const PrecisionPlan& plan) const;
  /// One choice for layers by name. Overrides that these layers had are replaced. What changes nothing is no
  /// step.
  void choose(const std::vector<std::string>& layers, const Choice& choice);
  /// One choice for everything below a path such as "mel2wav.resblocks": one rule, and overrides below it go.
  void chooseBelow(const std::string& path, const Choice& choice);
  /// The plan that `choose` would make, and that `chooseBelow` would.
  PrecisionPlan planned(const std::vector<std::string>& layers, const Choice& choice) const;
  PrecisionPlan plannedBelow(const std::string& path, const Choice& choice) const;
  /// Makes these layers as `other`, of the same checkpoint and calibration, has them.
  void takeOver(const PlanEditor& other, const QString& name, const std::vector<std::size_t>& layers);
  /// Takes back overrides of these layers, so that rules and base decide again.
  void clearOverrides(const std::vector<std::string>& layers);
  /// Takes back all that was chosen for a path and below it: overrides, and rules the plan did not come with.
  void clearBelow(const std::string& path);

 Q_SIGNALS:
  void planChanged();

 private:
  class Step;
  void apply(const PrecisionPlan& plan, const PrecisionPlan& origin);
  void edit(PrecisionPlan plan, const QString& text);

  std::shared_ptr<const Checkpoint> checkpoint_;
  std::shared_ptr<const Calibration> calibration_;
  PrecisionPlan plan_;
  PrecisionPlan origin_;  // what plan_ was before it was edited
  std::shared_ptr<const ResolvedPlan> resolved_;
  std::shared_ptr<const ResolvedPlan> resolved_origin_;
  QByteArray fingerprint_;
  PlanSize size_;
  QUndoStack undo_stack_;
};

}  // namespace octet::ui
