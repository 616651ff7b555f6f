#include "ui/model_tree/plan_editor.h"

#include <QCryptographicHash>
#include <algorithm>
#include <iterator>

#include "core/plan/edit.h"
#include "core/plan/plan_difference.h"

namespace octet::ui {

/// A plan is small: a step keeps it whole, before and after.
class PlanEditor::Step : public QUndoCommand {
 public:
  enum class Kind { edit, exchange };

  Step(PlanEditor& editor, Kind kind, PrecisionPlan after, const QString& text)
      : QUndoCommand(text),
        editor_(editor),
        before_(editor.plan_),
        origin_before_(editor.origin_),
        after_(std::move(after)),
        origin_after_(kind == Kind::edit ? origin_before_ : after_) {}

  void undo() override { editor_.apply(before_, origin_before_); }
  void redo() override { editor_.apply(after_, origin_after_); }

 private:
  PlanEditor& editor_;
  PrecisionPlan before_;
  PrecisionPlan origin_before_;
  PrecisionPlan after_;
  PrecisionPlan origin_after_;
};

PlanEditor::PlanEditor(std::shared_ptr<const Checkpoint> checkpoint, const PrecisionPlan& plan,
                       QObject* parent)
    : QObject(parent), checkpoint_(std::move(checkpoint)) {
  apply(plan, plan);
}

void PlanEditor::apply(const PrecisionPlan& plan, const PrecisionPlan& origin) {
  resolved_ = std::make_shared<const ResolvedPlan>(resolvedOf(plan));
  if (plan == origin)
    resolved_origin_ = resolved_;
  else if (!(origin == origin_))
    resolved_origin_ = std::make_shared<const ResolvedPlan>(resolvedOf(origin));
  QCryptographicHash hash(QCryptographicHash::Sha1);
  for (const auto& layer : resolved_->layers)
    hash.addData(QByteArray::fromStdString(to_string(layer.effective) + '\n'));
  fingerprint_ = hash.result();
  size_ = plan_size(checkpoint_->layers(), *resolved_);
  plan_ = plan;
  origin_ = origin;
  Q_EMIT planChanged();
}

ResolvedPlan PlanEditor::resolvedOf(const PrecisionPlan& plan) const {
  return resolve(plan, checkpoint_->layers(), calibration_);
}

void PlanEditor::setCalibration(std::shared_ptr<const Calibration> calibration) {
  if (calibration == calibration_) return;
  calibration_ = std::move(calibration);
  resolved_origin_ = std::make_shared<const ResolvedPlan>(resolvedOf(origin_));
  apply(plan_, origin_);
}

bool PlanEditor::edited() const { return !same_effect(*resolved_, *resolved_origin_); }

/// A step that asks for the same would only be in the way of those that do something.
void PlanEditor::edit(PrecisionPlan plan, const QString& text) {
  const auto after = resolvedOf(plan);
  if (same_effect(*resolved_, after) &&
      std::ranges::equal(resolved_->layers, after.layers, {}, &Resolution::requested, &Resolution::requested))
    return;
  undo_stack_.push(new Step(*this, Step::Kind::edit, std::move(plan), text));
}

void PlanEditor::setPlan(const PrecisionPlan& plan, const QString& text) {
  if (plan == plan_ && plan.name == plan_.name) return;
  (void)resolvedOf(plan);  // throws before anything has changed
  undo_stack_.push(new Step(*this, Step::Kind::exchange, plan, text));
}

PrecisionPlan PlanEditor::planned(const std::vector<std::string>& layers, const Choice& choice) const {
  auto plan = plan_;
  for (const auto& layer : layers) plan = with_choice(std::move(plan), layer, choice);
  return plan;
}

PrecisionPlan PlanEditor::plannedBelow(const std::string& path, const Choice& choice) const {
  const auto prefix = path + '.';
  auto plan = with_choice(plan_, prefix + '*', choice);
  std::erase_if(plan.layers, [&](const auto& entry) { return entry.first.starts_with(prefix); });
  return plan;
}

void PlanEditor::choose(const std::vector<std::string>& layers, const Choice& choice) {
  if (layers.empty()) return;
  const auto precision = QString::fromUtf8(to_string(choice.precision));
  edit(planned(layers, choice),
       layers.size() == 1 ? tr("%1 for %2").arg(precision, QString::fromStdString(layers.front()))
                          : tr("%1 for %n layers", nullptr, static_cast<int>(layers.size())).arg(precision));
}

void PlanEditor::chooseBelow(const std::string& path, const Choice& choice) {
  edit(plannedBelow(path, choice),
       tr("%1 for %2").arg(QString::fromUtf8(to_string(choice.precision)), QString::fromStdString(path)));
}

void PlanEditor::takeOver(const PlanEditor& other, const QString& name,
                          const std::vector<std::size_t>& layers) {
  edit(taken_over(*resolved_, *other.resolved_, checkpoint_->layers(), layers),
       tr("%1's way for %n layers", nullptr, static_cast<int>(layers.size())).arg(name));
}

void PlanEditor::clearOverrides(const std::vector<std::string>& layers) {
  auto plan = plan_;
  for (const auto& layer : layers) plan.layers.erase(layer);
  edit(std::move(plan), tr("back to the rules"));
}

void PlanEditor::clearBelow(const std::string& path) {
  const auto prefix = path + '.';
  auto plan = plan_;
  std::erase_if(plan.layers, [&](const auto& entry) { return entry.first.starts_with(prefix); });
  std::erase_if(plan.rules, [&](const Rule& rule) {
    return rule.match.starts_with(prefix) && std::ranges::find(origin_.rules, rule) == origin_.rules.end();
  });
  // A rule of the person's may have taken the place of one with the same pattern.
  for (auto rule = origin_.rules.begin(); rule != origin_.rules.end(); ++rule)
    if (rule->match.starts_with(prefix) && std::ranges::find(plan.rules, *rule) == plan.rules.end()) {
      const auto place = std::min<std::ptrdiff_t>(rule - origin_.rules.begin(), std::ssize(plan.rules));
      plan.rules.insert(plan.rules.begin() + place, *rule);
    }
  edit(std::move(plan), tr("back to the rules"));
}

}  // namespace octet::ui
