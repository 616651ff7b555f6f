#include "ui/study/sensitivity_work.h"

#include <span>

#include "core/atomic_file.h"
#include "core/checkpoint/components.h"
#include "core/output_place.h"
#include "core/study/fast_sensitivity.h"
#include "core/study/kept_study.h"
#include "core/study/sensitivity_file.h"
#include "core/study/sensitivity_sweep.h"
#include "core/synthesis/stage_meter.h"
#include "core/work_lock.h"

namespace octet::ui {

StudyMade carry_out(const std::shared_ptr<const Checkpoint>& checkpoint, const Engine& engine,
                    const SensitivityRequest& request, const SensitivitySettings& settings,
                    const std::function<ClipFolder()>& read, const JobControl& control) {
  require_speech(*checkpoint);
  check_writable(request.result);
  const WorkLock lock(request.result);
  auto speech = read();
  for (auto& clip : speech.clips) {
    clip.request.seed = settings.seed;
    if (settings.steps != 0) clip.request.steps = settings.steps;
  }
  auto heard = heard_in_base(engine, request.base, speech.clips, request.seconds, control);
  heard.skipped.insert(heard.skipped.begin(), speech.skipped.begin(), speech.skipped.end());

  auto begun = begin_sensitivity(engine,
                                 {.base = request.base,
                                  .layers = request.layers,
                                  .choices = {Choice()},
                                  .fast = request.effort == Effort::fast},
                                 heard);
  begun.warnings.insert(begun.warnings.begin(), speech.warnings.begin(), speech.warnings.end());
  begun = with_kept(std::move(begun), request.result);
  StudyMade made;
  if (request.effort == Effort::exact) {
    const bool was_done = begun.layers.size() == begun.entries;
    SensitivitySweep sweep({&engine}, std::move(begun), heard.clips, control);
    const Stopwatch took;
    made.study = run_kept(sweep, request.result, control);
    if (!was_done) made.said.push_back(compared(sweep.cost(), took.seconds()));
  } else {
    made.study = begun.layers.size() < begun.entries
                     ? fast_sensitivity(checkpoint, engine, std::move(begun), heard.clips, control)
                     : std::move(begun);
  }
  const auto text = to_json(made.study);
  write_file_atomically(request.result, [&](const ByteSink& sink) { sink(std::as_bytes(std::span(text))); });
  made.said.insert(made.said.end(), made.study.warnings.begin(), made.study.warnings.end());
  for (const auto& [name, reason] : made.study.skipped)
    made.said.push_back(std::string(name).append(" is left out: ").append(reason));
  return made;
}

}  // namespace octet::ui
