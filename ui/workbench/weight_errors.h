#pragma once

#include <QObject>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/plan/plan.h"
#include "ui/jobs/job_runner.h"

namespace octet::ui {

/// What int8 does to the weights of each layer, measured when nobody waits for it; what was measured once is
/// known.
class WeightErrors : public QObject {
  Q_OBJECT

 public:
  explicit WeightErrors(JobRunner& lane) : lane_(lane) {}

  /// `measured` comes for the layers as this plan makes them int8; one asked for earlier is given up.
  void measure(const std::shared_ptr<const Checkpoint>& checkpoint, const ResolvedPlan& plan);

 Q_SIGNALS:
  /// Per layer of the table, in dB, plainly rounded where the plan has no int8; NaN where int8 is not
  /// possible, and by methods that need a calibration.
  void measured(const std::vector<float>& decibels);

 private:
  /// dB, by layer of the table and how it is stored.
  using Known = std::map<std::pair<std::size_t, Recipe>, float>;

  JobRunner& lane_;
  std::optional<JobRunner::Id> job_;
  std::shared_ptr<const Checkpoint> checkpoint_;  // of which this is known:
  Known known_;
};

}  // namespace octet::ui
