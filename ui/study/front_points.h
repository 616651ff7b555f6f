#pragma once

#include <QString>
#include <memory>
#include <vector>

#include "core/plan/plan.h"
#include "core/progress.h"
#include "core/study/plan_maker.h"

namespace octet::ui {

/// A plan by its size and by what a study foretells of it.
struct FrontPoint {
  enum class Kind {
    automatic,  ///< on the front
    asked,      ///< within a budget that a person gave
    preset,
    slot,
  };
  Kind kind = Kind::automatic;
  QString name;
  PrecisionPlan plan;
  ForetoldPlan foretold;
  int slot = -1;  ///< of Kind::slot
};

/// A plan of the window.
struct SlotPlan {
  QString name;
  ResolvedPlan plan;
};

/// The front of automatic plans over the study's base, and the built-in plans seed and all-int8 over the
/// same.
std::vector<FrontPoint> front_points(const PlanMaker& maker, Precision base, const JobControl& control);

std::vector<FrontPoint> slot_points(const PlanMaker& maker, const std::vector<SlotPlan>& plans);

/// Throws as PlanMaker::under.
FrontPoint asked_point(const PlanMaker& maker, const PlanBudget& budget);

/// By size, smallest first.
void sort_by_size(std::vector<FrontPoint>& points);

}  // namespace octet::ui
