#include "ui/study/sensitivity_work.h"

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
                    const SensitivityRequest& request, const StudySettings& settings,
                    const std::function<ClipFolder()>& read, const JobControl& control) {
  require_speech(*checkpoint);
  check_writable(request.result);
  const WorkLock lock(request.result);
  const auto [heard, warnings] = heard_speech(engine, request.base, request.seconds, settings, read, control);
  auto begun = begin_sensitivity(engine,
                                 {.base = request.base,
                                  .layers = request.layers,
                                  .choices = {Choice()},
                                  .fast = request.effort == Effort::fast},
                                 heard);
  begun.warnings.insert(begun.warnings.begin(), warnings.begin(), warnings.end());
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
  write_study(request.result, to_json(made.study));
  say_of(made.study, made.said);
  return made;
}

}  // namespace octet::ui
