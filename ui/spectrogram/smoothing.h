#pragma once

#include <vector>

namespace octet::ui {

/// Means of `cells` ([rows, columns]) over what lies up to `along` columns and `across` rows away. What is
/// not a number counts nowhere, and stays so.
std::vector<float> smoothed(const std::vector<float>& cells, int columns, int along, int across);

}  // namespace octet::ui
