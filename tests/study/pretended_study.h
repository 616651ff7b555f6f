#pragma once

#include <cmath>

#include "core/study/sensitivity.h"

namespace octet::test {

/// As if every layer of the checkpoint had been studied over fp32, with damages from 1e-5 to 1e-2.
inline Sensitivity pretended_study(const Checkpoint& checkpoint) {
  Sensitivity study;
  study.subject.clips = {"calm", "loud"};
  double damage = 1e-4;
  for (const auto& layer : checkpoint.layers()) {
    if (!layer.quantizable()) continue;
    damage = std::fmod(damage * 7.3, 1e-2) + 1e-5;
    study.layers.push_back({layer.name, {}, damage_kind(layer), 0, 0, damage});
    study.layers.back().clips.clips = {damage / 2, damage * 3 / 2};
  }
  study.entries = study.layers.size();
  return study;
}

}  // namespace octet::test
