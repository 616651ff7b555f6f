#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "core/progress.h"

namespace octet {

/// How far a synthesis of one clip is that reports this, 0 to 1; none where it is no stage of one. By what
/// stages take on a processor.
inline std::optional<double> share_of_synthesis(const Progress& progress) {
  struct Stage {
    std::string_view name;
    double begin, end;
  };
  constexpr std::array kStages{Stage{"encoder", 0, 0.05}, Stage{"flow", 0.05, 0.75},
                               Stage{"source", 0.75, 0.8}, Stage{"vocoder", 0.8, 1}};
  const auto* const stage = std::ranges::find(kStages, progress.stage, &Stage::name);
  if (stage == kStages.end()) return {};
  const double done = progress.total > 0 ? static_cast<double>(progress.done) / progress.total : 0;
  return stage->begin + (stage->end - stage->begin) * done;
}

}  // namespace octet
