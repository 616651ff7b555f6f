#pragma once

#include "ui/jobs/job_runner.h"

namespace octet::ui {

/// The threads that a window's work runs on: one for each kind of work that must not wait for the others. Who
/// has work is handed a lane, and makes none.
struct Lanes {
  JobRunner device;    ///< what the device computes: synthesis, measures, verification
  JobRunner analysis;  ///< what needs no model: opening, spectrograms, writing files
  JobRunner looks;     ///< what a person waits for while those work: measures of the clip that is shown
  JobRunner places;    ///< where files are to go: a network may answer late
  JobRunner writing;   ///< sessions, safety copies, plans, reports: closing waits
  JobRunner memory;    ///< what a GPU holds: it answers late while it works
  JobRunner idle;      ///< what nobody waits for
};

}  // namespace octet::ui
