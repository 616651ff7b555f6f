#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/metrics/clip_comparison.h"

namespace octet {

/// What a study computes of clips, by what it takes time.
enum class StudyStage {
  tokens,   ///< sound to tokens
  voice,    ///< sound to an embedding
  encoder,  ///< tokens to what the flow is given
  flow,     ///< all Euler steps, to the mel
  vocoder,  ///< mel to waveform, pitch and source included
};
inline constexpr std::size_t kStudyStages = 5;
std::string_view to_string(StudyStage stage);

/// By stage.
using StageRuns = std::array<std::uint64_t, kStudyStages>;
using StageSeconds = std::array<double, kStudyStages>;

/// The stages that DamageMeter computes of a clip where this layer is another: 1 or 0. Encoder and flow for a
/// tokenizer's layer, too, though they are not computed where it gives the same tokens.
StageRuns runs_for(const Layer& layer);

/// What a clip of the mean length takes in each stage whose `needed` is not 0: measured once on a clip of
/// middling length, and from there by length. The model has been computed with before, so that nothing is
/// prepared meanwhile. 0 for tokens and voice where the clip has no sound. Throws like Engine::synthesize.
StageSeconds measured_stages(const Engine& engine, const BoundModel& model,
                             const std::vector<ComparisonClip>& clips, const StageRuns& needed,
                             const JobControl& control);

}  // namespace octet
