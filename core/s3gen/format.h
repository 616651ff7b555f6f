#pragma once

#include <cstdint>

#include "core/checkpoint/upstream_sizes.h"

/// Rates and sizes of what goes into the model and comes out of it, as upstream fixes them.
namespace octet::s3gen {

inline constexpr int kSampleRate = 24000;     ///< of the sound it makes, and of a voice's prompt
inline constexpr int kListeningRate = 16000;  ///< of what tokenizer and speaker encoder hear
inline constexpr std::int64_t kMelBands = upstream::kMelBands;  // 80
inline constexpr std::int64_t kHop = 480;                       ///< samples per mel frame
inline constexpr int kTokensPerSecond = 25;                     ///< speech tokens
inline constexpr std::int64_t kFramesPerToken = 2;
inline constexpr double kFramesPerSecond = 50;  ///< mel frames
static_assert(kSampleRate == kFramesPerSecond * kHop &&
              kFramesPerSecond == kTokensPerSecond * kFramesPerToken);

}  // namespace octet::s3gen
