#pragma once

#include <deque>
#include <string>
#include <vector>

#include "app/cli/inputs.h"
#include "app/cli/outputs.h"
#include "core/study/kept_study.h"
#include "core/study/sensitivity.h"
#include "core/study/sensitivity_cost.h"
#include "core/synthesis/stage_meter.h"

namespace octet::cli {

/// Where a study goes, and whether only what it would take is to be said.
struct SweepOutput {
  std::string out;
  bool dry_run = false;
};

template <typename Study>
void hand_out(const Study& study, const std::string& out, const Globals& globals) {
  if (!out.empty()) write_text(out, to_json(study));
  print_beside({out}, globals, globals.json ? to_json(study) : to_table(study));
}

/// Says what a sweep will take, runs it with all engines, says what it took, and hands out what came of it.
template <typename Sweep, typename Study>
void sweep_all(const std::deque<Engine>& engines, Study begun, const HeardClips& heard,
               const SweepOutput& output, const Globals& globals, const JobControl& control) {
  std::vector<const Engine*> in_turn;
  in_turn.reserve(engines.size());
  for (const auto& one : engines) in_turn.push_back(&one);
  Sweep sweep(in_turn, std::move(begun), heard.clips, control);
  if (output.dry_run) {
    print(globals.json ? to_json(sweep.cost()) : to_text(sweep.cost()));
  } else {
    note(globals, to_text(sweep.cost()));
    const Stopwatch took;
    const auto done = run_kept(sweep, output.out, control);
    note(globals, compared(sweep.cost(), took.seconds()));
    hand_out(done, output.out, globals);
  }
  refuse_skipped(heard.skipped);
}

}  // namespace octet::cli
