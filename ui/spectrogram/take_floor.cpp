#include "ui/spectrogram/take_floor.h"

#include <algorithm>
#include <cmath>

namespace octet::ui {

std::vector<float> take_floor(const std::vector<float>& differences, int columns) {
  const auto width = static_cast<std::size_t>(columns);
  std::vector<float> floor(differences.size() / width);
  std::vector<float> sizes;
  for (std::size_t row = 0; row < floor.size(); ++row) {
    sizes.clear();
    for (std::size_t column = 0; column < width; ++column)
      if (const float value = differences[row * width + column]; !std::isnan(value))
        sizes.push_back(std::abs(value));
    if (sizes.empty()) continue;
    const auto rank =
        static_cast<std::ptrdiff_t>((1 - kBeyondByChance) * static_cast<double>(sizes.size() - 1));
    std::ranges::nth_element(sizes, sizes.begin() + rank);
    floor[row] = sizes[static_cast<std::size_t>(rank)];
  }
  return floor;
}

std::vector<float> beyond(std::vector<float> differences, int columns, const std::vector<float>& floor) {
  const auto width = static_cast<std::size_t>(columns);
  for (std::size_t i = 0; i < differences.size(); ++i) {
    auto& value = differences[i];
    if (std::isnan(value)) continue;
    value = std::copysign(std::max(0.0F, std::abs(value) - floor[i / width]), value);
  }
  return differences;
}

}  // namespace octet::ui
