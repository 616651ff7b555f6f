#pragma once

#include <limits>
#include <vector>

#include "core/study/risk_file.h"

namespace octet::test {

/// One of each, no two of its figures the same.
inline std::vector<Risk> example_risks() {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  constexpr double kNoEnd = std::numeric_limits<double>::infinity();
  return {
      StepsRisk{.courses = {{2, {0.1, 0.2}, {0.3, 0.4}}, {5, {0.5}, {1.0 / 3}}},
                .windows = {{1, 2, 0.6}},
                .guidance = {{0.7, 0.8, 0.9}},
                .blamed = {{"flow.a", kNoEnd}, {"flow.b", 0.11}}},
      IstftRisk{.plan = {0.1, 0.2, 0.3, 0.4},
                .bf16 = {0, 0.6, 0.7, 0.8},
                .worst = {{"\xc3\xa4 clip", 1.25, 0.9}},
                .blamed = {{"mel2wav.a", 0.01}}},
      SnakeRisk{.channels = 7,
                .mean = {0.1, 0.2, 0.3},
                .largest = {0.4, 0.5, 0.6},
                .worst = {{"mel2wav.s", 3, 0.7, {0.71, 0.72, 0.73}, {0.81, 0.82, 0.83}, 9}},
                .curves = {{"mel2wav.s", 3, {-9, 9}, {1, 2}, {3, 4}, {5, 6}, {7, 8}}}},
      SpeakerRisk{.encoders = {{"fp32", 1, 0.9, kNone, 0.3}, {"plan", 0.8, 0.7, 0.6, 0.5}},
                  .sounds = 2,
                  .same_pairs = 0,
                  .other_pairs = 1,
                  .left_out = {"c.wav: it is not there"},
                  .cached = 0.99,
                  .fresh = 0.98,
                  .blamed = {}},
      NoiseRisk{65, {{1000, true, 1, 2, 3, 4, 5}, {200, false, 6, 7, 8, 9, 10}}},
      PitchRisk{.plan = {kNone, 0.1, 0.2, 0.3},
                .bf16 = {5, 0.4, 0.5, 0.6},
                .course = {"clip", {0, 220}, {kNone, 7}, {kNone, 8}},
                .blamed = {{"mel2wav.f0_predictor.a", 0.2}}},
  };
}

}  // namespace octet::test
