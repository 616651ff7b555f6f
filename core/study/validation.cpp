#include "core/study/validation.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "core/checkpoint/calibration.h"
#include "core/error.h"
#include "core/kernels/arithmetic.h"
#include "core/metrics/clip_failure.h"
#include "core/metrics/table.h"
#include "core/study/control_plan.h"
#include "core/study/predicted_mos_alarm.h"

namespace octet {
namespace {

/// The clip of a report that has the reference first, and the A/A floor.
ValidatedClip validated(const ClipResult& result, bool costs) {
  ValidatedClip clip{result.name, result.floors.front().scores, {}};
  if (costs)
    for (const auto& run : result.runs) clip.costs.push_back(run.stages);
  for (std::size_t i = 1; i < result.runs.size(); ++i) clip.plans.push_back(result.runs[i].scores);
  return clip;
}

/// Counts syntheses, so that what is left can be told.
JobControl counting(const JobControl& control, const std::shared_ptr<int>& spoken, int all) {
  return {control.stop, [&control, spoken, all](const Progress& progress) {
            if (progress.stage.ends_with(": vocoder") && progress.done == progress.total) ++*spoken;
            if (control.report) control.report({"validating", std::min(*spoken, all), all});
          }};
}

/// Where more clips would decide; of as few as six, and where the mean lies between thresholds, none would.
std::vector<std::string> too_small(const ValidationSubject& subject,
                                   const std::vector<Judgement>& judgements) {
  std::vector<std::string> warnings;
  for (std::size_t i = 0; i < judgements.size(); ++i) {
    const auto& findings = judgements[i].findings;
    if (judgements[i].verdict != Verdict::listen || findings.empty() || subject.plans[i].is_control) continue;
    const auto most = std::ranges::max_element(findings, {}, &Finding::clips_needed);
    const auto decides = [](const Finding& finding) {
      return finding.verdict == Verdict::no_audible_change || finding.clips_needed > 0;
    };
    if (most->clips_needed > most->clips && std::ranges::all_of(findings, decides))
      warnings.push_back(fmt::format("{}: {} clips are too few to decide; about {} would, by the {}",
                                     subject.plans[i].name, most->clips, most->clips_needed,
                                     measure_called(most->measure).name));
  }
  return warnings;
}

/// The control is judged as the plans are, and takes nothing of the error that they share.
void judge_all(Validation& validation) {
  const auto& plans = validation.subject.plans;
  const auto at_once = static_cast<int>(std::ranges::count(plans, false, &StudyPlan::is_control));
  for (std::size_t i = 0; i < plans.size(); ++i) {
    std::vector<PairedScores> pairs;
    pairs.reserve(validation.clips.size());
    for (const auto& clip : validation.clips) pairs.push_back({clip.plans[i], clip.floor});
    validation.judgements.push_back(judge(pairs, validation.subject.thresholds, std::max(at_once, 1)));
    if (plans[i].is_control) continue;
    if (auto alarm = predicted_mos_alarm(plans[i].name, pairs, at_once))
      validation.warnings.push_back(std::move(*alarm));
  }
  if (const auto control = control_outcome(validation); control && !control->found)
    validation.warnings.push_back(control->said);
  for (auto& warning : too_small(validation.subject, validation.judgements))
    validation.warnings.push_back(std::move(warning));
}

}  // namespace

Predictions predictions_of(const ValidationSubject& subject) {
  const auto predicted = [](const std::string& id) {
    return measure_called(id).group == MeasureGroup::predicted;
  };
  return std::ranges::any_of(subject.measures, predicted) ? Predictions::made : Predictions::left_out;
}

Validation begin_validation(const Engine& engine, const std::vector<StudyPlan>& plans,
                            const std::vector<ComparisonClip>& clips, const Thresholds& thresholds,
                            std::shared_ptr<const Calibration> calibration, Predictions predictions) {
  configure_arithmetic(engine.device().threads);
  Validation begun;
  auto& subject = begun.subject;
  static_cast<StudySubject&>(subject) = subject_of(engine, clips);
  subject.plans = plans;
  for (const auto& measure : measures())
    if (predictions == Predictions::made || measure.group != MeasureGroup::predicted)
      subject.measures.emplace_back(measure.id);
  subject.thresholds = thresholds;
  std::set<std::string> names;
  const auto& layers = engine.checkpoint().layers();
  for (const auto& plan : plans) {
    if (!names.insert(plan.name).second)
      throw Error(ErrorKind::usage, "two plans are called " + plan.name, "give one of them another name");
    begun.sizes.push_back(plan_size(layers, resolve(plan.plan, layers, calibration)));
  }
  if (calibration) subject.calibration_sha256 = calibration->sha256();
  begun.calibration = std::move(calibration);
  return begun;
}

Validation validate(const Engine& engine, Validation begun, const std::vector<ComparisonClip>& clips,
                    const JobControl& control, const std::function<void(const Validation&)>& keep) {
  auto validation = std::move(begun);
  const auto& layers = engine.checkpoint().layers();
  std::vector<PlannedRun> runs{
      {"reference", resolve(preset("all-base", Precision::fp32, /*include_tokenizer=*/false), layers)}};
  for (const auto& planned : validation.subject.plans)
    runs.push_back({planned.name, resolve(planned.plan, layers, validation.calibration), planned.steps});

  // Each clip by the reference, under two seeds, and by all plans.
  const auto each = static_cast<int>(runs.size()) + 1, all = each * static_cast<int>(clips.size());
  const auto spoken = std::make_shared<int>(0);
  const auto counted = counting(control, spoken, all);
  const ClipComparison compare(engine, runs, counted, predictions_of(validation.subject));
  const auto done = validation.clips.size() + validation.skipped.size();
  for (std::size_t i = done; i < clips.size(); ++i) {
    *spoken = each * static_cast<int>(i);
    const auto failure = failure_of(
        [&] { validation.clips.push_back(validated(compare(clips[i]).result, validation.subject.costs)); });
    if (failure) {
      // What ends all clips so far is the model's or the machine's.
      if (validation.clips.empty() && (i > 0 || clips.size() == 1)) throw *failure;
      validation.skipped.push_back({clips[i].name, failure->what()});
    }
    keep(validation);
  }
  judge_all(validation);
  keep(validation);
  return validation;
}

}  // namespace octet
