#pragma once

#include <array>
#include <string_view>

#include "core/plan/plan.h"

namespace octet {

/// A part of the seed policy: layers that become int8 together.
struct SeedComponent {
  std::string_view name;  ///< for people
  std::string_view match;
  LayerType type;
  int turn;  ///< when the policy comes to it: f0 and the vocoder's blocks first

  Rule rule() const { return {.match = std::string(match), .type = type}; }
};

/// In the order of the plan file's rules.
inline constexpr std::array kSeedComponents{
    SeedComponent{"HiFT ResBlocks", "mel2wav.{resblocks,source_resblocks}.*", LayerType::conv1d, 1},
    SeedComponent{"upsampling", "mel2wav.ups.*", LayerType::conv_transpose1d, 2},
    SeedComponent{"f0", "mel2wav.f0_predictor.condnet.*", LayerType::conv1d, 0},
    SeedComponent{"encoder convolutions", "flow.encoder.{pre_lookahead_layer,up_layer}.*", LayerType::conv1d,
                  5},
    SeedComponent{"encoder feed-forward", "flow.encoder.*.feed_forward.*", LayerType::linear, 6},
    SeedComponent{"estimator convolutions", "flow.decoder.estimator.{down,mid,up}_blocks.*",
                  LayerType::conv1d, 3},
    SeedComponent{"estimator feed-forward", "flow.decoder.estimator.*.ff.*", LayerType::linear, 4},
};

}  // namespace octet
