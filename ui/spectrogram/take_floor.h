#pragma once

#include <vector>

namespace octet::ui {

/// The share of cells in which a take is beyond its own floor, which is as much as chance does.
inline constexpr double kBeyondByChance = 0.05;

/// Of each row of `differences` ([rows, columns], dB, of a take from another) the size that all but
/// kBeyondByChance of its columns stay below; 0 where a row has no numbers.
std::vector<float> take_floor(const std::vector<float>& differences, int columns);

/// What of `differences` ([rows, columns], dB) is beyond its row's floor, by so many dB; 0 where it is
/// within.
std::vector<float> beyond(std::vector<float> differences, int columns, const std::vector<float>& floor);

}  // namespace octet::ui
