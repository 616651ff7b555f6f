#pragma once

#include <string>
#include <vector>

#include "core/study/validation.h"

namespace octet {

/// A clip of a validation as all speak it, 24 kHz, to be listened to.
struct SpokenClip {
  std::string name;
  std::vector<float> reference;
  std::vector<float> floor;               ///< the reference under the next seed
  std::vector<std::vector<float>> plans;  ///< in the subject's order
};

/// Clips that can be listened to in a report, the worst ones: each is a megabyte for four plans.
inline constexpr std::size_t kHeardClips = 3;

/// The clips that were judged, from that on which a plan comes nearest to being broken, or goes furthest
/// beyond.
std::vector<std::string> worst_first(const Validation& validation);

/// Speaks the worst `count` clips of a validation that is done again: the same requests are the same sound.
/// Throws like Engine::synthesize.
std::vector<SpokenClip> speak_worst(const Engine& engine, const Validation& validation,
                                    const std::vector<ComparisonClip>& clips, std::size_t count,
                                    const JobControl& control);

}  // namespace octet
