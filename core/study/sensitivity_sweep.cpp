#include "core/study/sensitivity_sweep.h"

#include <ranges>

#include "core/study/sensitivity_entries.h"

namespace octet {
namespace {

DamageWork work_of(const Sensitivity& study, const LayerTable& layers, std::vector<LayerDamage>& left) {
  const auto& question = study.subject.question;
  std::vector<std::string> said_before;
  const auto all = entries_of(layers, question, said_before);
  DamageWork work{.stage = "measuring layers",
                  .base = resolve(sensitivity_base(question.base), layers, question.calibration),
                  .choices = question.choices.size(),
                  .all = {},
                  .left = {},
                  .done = study.layers.size(),
                  .calibration = question.calibration,
                  .interval = question.interval};
  for (const auto& entry : all) work.all.push_back(swept(entry));
  for (const auto& entry : shard_of(all, question.shard) | std::views::drop(study.layers.size())) {
    work.left.push_back(swept(entry));
    left.push_back(entry.damage);
  }
  return work;
}

}  // namespace

SensitivitySweep::SensitivitySweep(const std::vector<const Engine*>& engines, Sensitivity begun,
                                   const std::vector<ComparisonClip>& clips, const JobControl& control)
    : study_(std::move(begun)),
      sweep_(engines, work_of(study_, engines.at(0)->checkpoint().layers(), left_), clips, control) {}

Sensitivity SensitivitySweep::run(const JobControl& control,
                                  const std::function<void(const Sensitivity&)>& keep) {
  auto next = left_.begin();
  sweep_.run(control, [&](MeasuredDamage measured) {
    auto& layer = study_.layers.emplace_back(std::move(*next++));
    layer.damage = measured.damage;
    layer.clips = std::move(measured.clips);
    layer.fault = std::move(measured.fault);
    keep(study_);
  });
  return std::move(study_);
}

}  // namespace octet
