#include "ui/study/pairs_work.h"

#include "core/atomic_file.h"
#include "core/checkpoint/components.h"
#include "core/output_place.h"
#include "core/study/kept_study.h"
#include "core/study/pair_sweep.h"
#include "core/study/pairs_file.h"
#include "core/synthesis/stage_meter.h"
#include "core/work_lock.h"

namespace octet::ui {

PairsMade carry_out(const Checkpoint& checkpoint, const Engine& engine, const Sensitivity& study,
                    const std::shared_ptr<const Calibration>& calibration, const PairsRequest& request,
                    const StudySettings& settings, const std::function<ClipFolder()>& read,
                    const JobControl& control) {
  require_speech(checkpoint);
  check_writable(request.result);
  const WorkLock lock(request.result);
  std::vector<std::string> left_out;
  const PairsQuestion question{
      study.subject.question.base,
      layers_to_pair(study, checkpoint.layers(), request.layers, request.most, left_out), calibration};
  const auto [heard, warnings] =
      heard_speech(engine, question.base, request.seconds, settings, read, control);

  auto begun = begin_pairs(engine, question, heard);
  begun.warnings = std::move(left_out);
  begun.warnings.insert(begun.warnings.end(), warnings.begin(), warnings.end());
  begun = with_kept(std::move(begun), request.result);
  const bool was_done = begun.layers.size() + begun.pairs.size() == begun.entries;
  PairSweep sweep({&engine}, std::move(begun), heard.clips, control);
  const Stopwatch took;
  auto done = run_kept(sweep, request.result, control);
  PairsMade made;
  if (!was_done) made.said.push_back(compared(sweep.cost(), took.seconds()));
  write_study(request.result, to_json(done));
  say_of(done, made.said);
  made.pairs = std::make_shared<const LayerPairs>(std::move(done));
  return made;
}

}  // namespace octet::ui
