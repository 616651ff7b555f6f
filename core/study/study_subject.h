#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/metrics/clip_comparison.h"

namespace octet {

/// What every study is of: a checkpoint, clips and how they are spoken. What its figures depend on besides,
/// each study adds.
struct StudySubject {
  std::string octet_version;
  std::string checkpoint;  ///< file name, without its folder
  std::string checkpoint_sha256;
  std::string device;
  int threads = 0;
  int steps = 0;
  std::uint64_t seed = 0;
  std::vector<std::string> clips;  ///< their names
  std::string clips_sha256;        ///< of all that is asked of them: names, requests and sounds
};

/// Of at least one clip; steps and seed are the first's. Requires configured arithmetic (its threads count).
StudySubject subject_of(const Engine& engine, const std::vector<ComparisonClip>& clips);

}  // namespace octet
