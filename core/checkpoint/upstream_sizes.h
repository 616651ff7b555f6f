#pragma once

#include <array>
#include <cstdint>

/// Sizes that upstream fixes in code and no tensor's shape tells: what opens a checkpoint holds its shapes
/// against them, what computes uses them.
namespace octet::upstream {

inline constexpr std::int64_t kMelBands = 80;            ///< of what the flow makes and the vocoder takes
inline constexpr std::int64_t kTokenizerMelBands = 128;  ///< of the tables that are recreated when absent
inline constexpr std::int64_t kTokenizerHeadWidth = 64;  ///< its rotary table is made for it
inline constexpr std::int64_t kVocoderFft = 16;          ///< of the vocoder's inverse STFT

/// One upsampling of the vocoder.
struct Upsampling {
  std::int64_t stride;         ///< of the transposed convolution
  std::int64_t source_stride;  ///< from the source's STFT frames to this stage
};
inline constexpr std::array kUpsamplings{Upsampling{8, 15}, Upsampling{5, 3}, Upsampling{3, 1}};

/// Of the convolutions of one residual block of the vocoder.
inline constexpr std::array<std::int64_t, 3> kDilations{1, 3, 5};

/// Of the speaker encoder's dense blocks.
inline constexpr std::array<std::int64_t, 3> kDenseDilations{1, 2, 2};

}  // namespace octet::upstream
