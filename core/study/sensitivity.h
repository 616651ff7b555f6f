#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/metrics/report.h"
#include "core/study/damage.h"
#include "core/study/study_subject.h"

namespace octet {

/// One part of several that a study is cut into, so that machines can share it: the entries number, from 0,
/// part - 1, part - 1 + parts, …
struct Shard {
  int part = 1;   ///< 1 … parts
  int parts = 1;  ///< 1: the whole

  bool operator==(const Shard&) const = default;
};

/// What layers are stored as, one at a time.
struct SensitivityQuestion {
  Precision base = Precision::fp32;  ///< of all other layers
  std::string layers = "*";          ///< a glob over names
  std::vector<Choice> choices;       ///< at least one; what is protected is forced
  Shard shard = {};
  std::shared_ptr<const Calibration> calibration = {};  ///< for methods that need one
  /// Of clips in their order, three at least, only so many are heard that the 95 % interval of the layer's
  /// mean damage is less than this share of it; 0: all.
  double interval = 0;
  bool fast = false;  ///< estimated (core/study/fast_sensitivity.h), not measured
};

/// What a sensitivity study is of: all that its figures depend on.
struct SensitivitySubject : StudySubject {
  SensitivityQuestion question;
  std::string calibration_sha256 = {};  ///< empty where there is none
};

/// One layer stored in one other way.
struct LayerDamage {
  std::string layer;
  Choice choice;
  DamageKind kind = DamageKind::mel;
  std::uint64_t bytes = 0;       ///< of the layer so stored
  std::uint64_t base_bytes = 0;  ///< of the layer as the base has it
  double damage = 0;             ///< mean over clips; NaN where a clip could not be made
  DamageMeter::Damages clips = {};
  std::string fault = {};  ///< why there is no damage
};

struct Sensitivity {
  SensitivitySubject subject;
  std::vector<std::string> warnings;  ///< what has to be known of the inputs
  std::vector<SkippedClip> skipped;
  std::size_t entries = 0;          ///< that the shard has when it is done
  std::vector<LayerDamage> layers;  ///< those that are done, in the layer table's order, then the choices'
};

/// Clips as the base hears them: tokens and voice of the first `seconds` of each sound. Captured utterances
/// stay as they are. What cannot be heard is skipped.
struct HeardClips {
  std::vector<ComparisonClip> clips;
  std::vector<SkippedClip> skipped;
};
HeardClips heard_in_base(const Engine& engine, Precision base, const std::vector<ComparisonClip>& clips,
                         double seconds, const JobControl& control);

/// A study whose layers are to be measured (core/study/sensitivity_sweep.h); each is asked for by each
/// choice. Layers that a choice cannot be made of are left out, with a warning. Throws Error(usage) where a
/// choice is the base itself or nothing is left, Error(input) where no layer is called so.
Sensitivity begin_sensitivity(const Engine& engine, const SensitivityQuestion& question,
                              const HeardClips& heard);

/// The whole that `parts` are shards of, in any order. They are of one subject but for the shard. Throws
/// Error(usage) where one is missing, twice there or not done.
Sensitivity merged(std::vector<Sensitivity> parts);

}  // namespace octet
