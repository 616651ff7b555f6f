#include "ui/validation/validation_work.h"

#include <span>

#include "core/atomic_file.h"
#include "core/calibration/calibrate.h"
#include "core/checkpoint/components.h"
#include "core/error.h"
#include "core/held_file.h"
#include "core/metrics/clip_folder.h"
#include "core/metrics/table.h"
#include "core/study/bootstrap.h"
#include "core/study/control_plan.h"
#include "core/study/validation_file.h"
#include "core/study/validation_report.h"
#include "core/study/validation_words.h"
#include "core/work_lock.h"
#include "ui/language/sentences.h"
#include "ui/language/tr.h"
#include "ui/measures/measure_names.h"

namespace octet::ui {
namespace {

void write(const std::filesystem::path& path, const std::string& text) {
  write_file_atomically(path, [&](const ByteSink& sink) { sink(std::as_bytes(std::span(text))); });
}

Validation with_done(Validation begun, const std::filesystem::path& result) {
  if (!std::filesystem::exists(result)) return begun;
  return resumed(std::move(begun), HeldFile::open(result)->text(), result.string());
}

/// "whole seed: listen to it, undecided by 3 of 20 measures; …", as core's verdict_said does.
QString concluded(const Judgement& judgement, const QString& plan) {
  const auto reach = reach_of(judgement);
  const auto counted = [&](const QString& sentence) {
    return sentence.arg(plan).arg(reach.measures).arg(judgement.findings.size());
  };
  QString said;
  switch (judgement.verdict) {
    case Verdict::no_audible_change:
      said = counted(tr("%1: no audible change expected, by %2 of %3 measures"));
      break;
    case Verdict::broken: said = counted(tr("%1: broken, by %2 of %3 measures")); break;
    case Verdict::listen: said = counted(tr("%1: listen to it, undecided by %2 of %3 measures")); break;
  }
  QStringList untold;
  for (const auto& measure : reach.untold) untold << short_name(measure_called(measure));
  return untold.isEmpty() ? said : tr("%1; %2 cannot be told by these clips").arg(said, listed(untold));
}

Standing standing_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::no_audible_change: return Standing::within;
    case Verdict::broken: return Standing::beyond;
    case Verdict::listen: break;
  }
  return Standing::between;
}

std::vector<ValidatedPlan> concluded(const Validation& done) {
  const auto head = tr("Validated on %n clips", nullptr, static_cast<int>(done.clips.size()));
  const auto result = std::make_shared<const std::string>(to_json(done));
  std::vector<ValidatedPlan> plans;
  for (std::size_t i = 0; i < done.judgements.size(); ++i)
    if (const auto& plan = done.subject.plans[i]; !plan.is_control && plan.steps == 0)
      plans.push_back({plan.plan,
                       {standing_of(done.judgements[i].verdict), concluded(done.judgements[i], head)},
                       result});
  return plans;
}

/// A line for each plan, and whether the control was found; where not, that is a warning.
std::vector<std::string> verdicts(const Validation& done) {
  std::vector<std::string> lines;
  lines.reserve(done.judgements.size());
  for (std::size_t i = 0; i < done.judgements.size(); ++i)
    if (!done.subject.plans[i].is_control)
      lines.push_back(
          concluded(done.judgements[i], QString::fromStdString(done.subject.plans[i].name)).toStdString());
  if (const auto control = control_outcome(done); control && control->found) lines.push_back(control->said);
  return lines;
}

}  // namespace

std::filesystem::path result_of(const ValidationRequest& request) {
  return std::filesystem::path(request.report).replace_extension(".json");
}

ValidationMade carry_out(const Engine& engine, const ValidationRequest& request,
                         const ValidationSettings& settings, const JobControl& control) {
  const auto result = result_of(request);
  require_components(engine.checkpoint(), {"tokenizer", "speaker_encoder", "flow", "mel2wav"});
  check_writable(request.report);
  check_writable(result);
  const WorkLock lock(result);
  auto plans = component_plans(Precision::bf16);
  if (!request.plans.empty()) {
    plans.resize(1);
    plans.insert(plans.end(), request.plans.begin(), request.plans.end());
  }
  std::vector<std::string> warnings;
  if (request.control) warnings = add_control(plans, engine.checkpoint().layers());
  auto set = read_clips(engine, request.set, control);
  for (auto& clip : set.clips) {
    clip.request.seed = settings.seed;
    if (settings.steps != 0) clip.request.steps = settings.steps;
  }
  auto begun =
      begin_validation(engine, plans, set.clips, read_thresholds(thresholds_file()), settings.calibration);
  begun.warnings = std::move(warnings);
  begun.warnings.insert(begun.warnings.end(), set.warnings.begin(), set.warnings.end());
  if (settings.calibration)
    for (auto& warning : heard_before(*settings.calibration, set.clips))
      begun.warnings.push_back(std::move(warning));
  for (auto& warning : too_few(set.clips.size())) begun.warnings.push_back(std::move(warning));
  auto done = validate(engine, with_done(std::move(begun), result), set.clips, control,
                       [&](const Validation& kept) { write(result, to_json(kept)); });
  done.skipped.insert(done.skipped.begin(), set.skipped.begin(), set.skipped.end());
  const auto spoken = speak_worst(engine, done, set.clips, kHeardClips, control);
  write(request.report, to_html(done, spoken, engine.checkpoint().layers()));

  auto said = verdicts(done);
  said.insert(said.end(), done.warnings.begin(), done.warnings.end());
  for (const auto& [name, reason] : done.skipped) said.push_back(left_out(name, reason));
  return {std::move(said), concluded(done)};
}

}  // namespace octet::ui
