#include "core/study/pair_sweep.h"

#include <cmath>

#include "core/study/sensitivity_entries.h"

namespace octet {
namespace {

DamageWork work_of(const LayerPairs& study, const PairEntries& entries, const LayerTable& layers) {
  const auto& question = study.subject.question;
  const auto done = study.layers.size() + study.pairs.size();
  return {.stage = "measuring pairs",
          .base = resolve(sensitivity_base(question.base), layers, question.calibration),
          .choices = entries.choices,
          .all = entries.all,
          .left = {entries.all.begin() + static_cast<std::ptrdiff_t>(done), entries.all.end()},
          .done = done,
          .calibration = question.calibration};
}

}  // namespace

PairSweep::PairSweep(const std::vector<const Engine*>& engines, LayerPairs begun,
                     const std::vector<ComparisonClip>& clips, const JobControl& control)
    : study_(std::move(begun)),
      entries_(pair_entries(engines.at(0)->checkpoint().layers(), study_.subject.question)),
      sweep_(engines, work_of(study_, entries_, engines[0]->checkpoint().layers()), clips, control) {}

LayerPairs PairSweep::run(const JobControl& control, const std::function<void(const LayerPairs&)>& keep) {
  sweep_.run(control, [&](MeasuredDamage measured) {
    take(std::move(measured));
    keep(study_);
  });
  return std::move(study_);
}

void PairSweep::take(MeasuredDamage measured) {
  if (study_.layers.size() < entries_.layers.size()) {
    auto& layer = study_.layers.emplace_back(entries_.layers[study_.layers.size()]);
    layer.damage = measured.damage;
    layer.clips = std::move(measured.clips);
    layer.fault = std::move(measured.fault);
    return;
  }
  const auto& [i, j] = entries_.pairs[study_.pairs.size()];
  const auto &first = study_.layers[i], &second = study_.layers[j];
  const auto interaction = std::isfinite(measured.damage)
                               ? interaction_of(first.clips.clips, second.clips.clips, measured.clips.clips)
                               : measured.damage;
  study_.pairs.push_back({first.layer, second.layer, first.kind, measured.damage,
                          std::hypot(first.damage, second.damage), interaction,
                          std::move(measured.clips.clips), std::move(measured.fault)});
}

}  // namespace octet
