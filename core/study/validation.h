#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/metrics/predicted_mos.h"
#include "core/plan/size.h"
#include "core/study/component_plans.h"
#include "core/study/study_subject.h"
#include "core/study/verdict.h"

namespace octet {

/// What a validation is of: all that its figures depend on.
struct ValidationSubject : StudySubject {
  std::vector<StudyPlan> plans;
  std::string calibration_sha256;     ///< empty where there is none
  std::vector<std::string> measures;  ///< ids
  Thresholds thresholds;
  bool costs = false;  ///< whether it is kept what each stage took, which no two runs agree on
};

/// Whether its measures have the predicted ones.
Predictions predictions_of(const ValidationSubject& subject);

/// One clip's scores against the reference, every layer in fp32.
struct ValidatedClip {
  std::string name;
  std::vector<Score> floor;               ///< the reference under the next seed (A/A)
  std::vector<std::vector<Score>> plans;  ///< in the subject's order
  /// Of the reference, then of the plans; empty where they were not asked for.
  std::vector<std::vector<StageCost>> costs = {};
};

struct Validation {
  ValidationSubject subject;
  std::vector<std::string> warnings;  ///< what has to be known of the inputs
  std::vector<PlanSize> sizes;        ///< of weights under each plan
  std::shared_ptr<const Calibration> calibration;
  std::vector<ValidatedClip> clips;   ///< those that are done, in the subject's order
  std::vector<SkippedClip> skipped;   ///< and those that could not be
  std::vector<Judgement> judgements;  ///< of each plan, once all clips are done; empty before
};

/// A validation whose clips are to be made; layers by methods that need a calibration take this one. Throws
/// Error(usage) where two plans have one name.
Validation begin_validation(const Engine& engine, const std::vector<StudyPlan>& plans,
                            const std::vector<ComparisonClip>& clips, const Thresholds& thresholds,
                            std::shared_ptr<const Calibration> calibration = {},
                            Predictions predictions = Predictions::left_out);

/// Makes and measures the clips that are not done yet, each by all plans under the same noise, and judges
/// the plans. After each clip `keep` is given what is there so far: to go on from, so that how often and
/// where it is interrupted changes nothing of the result. A clip that fails (Error of input or device) is
/// skipped; where the first two do, the error is thrown.
Validation validate(const Engine& engine, Validation begun, const std::vector<ComparisonClip>& clips,
                    const JobControl& control, const std::function<void(const Validation&)>& keep);

}  // namespace octet
