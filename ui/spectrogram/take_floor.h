#pragma once

#include <vector>

namespace octet::ui {

/// Of each row of `differences` ([rows, columns], dB, of a take from another) the size that 95 % of its
/// columns stay below; 0 where a row has no numbers.
std::vector<float> take_floor(const std::vector<float>& differences, int columns);

/// What of `differences` ([rows, columns], dB) is beyond its row's floor, by so many dB; 0 where it is
/// within.
std::vector<float> beyond(std::vector<float> differences, int columns, const std::vector<float>& floor);

}  // namespace octet::ui
