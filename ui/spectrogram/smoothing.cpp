#include "ui/spectrogram/smoothing.h"

#include <algorithm>
#include <cmath>

namespace octet::ui {
namespace {

/// Means along each row: differences of running sums.
std::vector<float> smoothed_along(const std::vector<float>& cells, std::size_t width, int reach) {
  auto result = cells;
  std::vector<double> sums(width + 1);
  std::vector<int> numbers(width + 1);
  for (std::size_t row = 0; row < cells.size(); row += width) {
    for (std::size_t i = 0; i < width; ++i) {
      const float value = cells[row + i];
      const bool known = !std::isnan(value);
      sums[i + 1] = sums[i] + (known ? static_cast<double>(value) : 0);
      numbers[i + 1] = numbers[i] + (known ? 1 : 0);
    }
    for (std::size_t i = 0; i < width; ++i) {
      if (std::isnan(cells[row + i])) continue;
      const auto begin = i - std::min(i, static_cast<std::size_t>(reach));
      const auto end = std::min(width, i + static_cast<std::size_t>(reach) + 1);
      result[row + i] = static_cast<float>((sums[end] - sums[begin]) / (numbers[end] - numbers[begin]));
    }
  }
  return result;
}

/// Means across rows: a window slides over all columns at once, because cells of a row lie side by side.
std::vector<float> smoothed_across(const std::vector<float>& cells, std::size_t width, int reach) {
  auto result = cells;
  const auto rows = static_cast<int>(cells.size() / width);
  std::vector<double> sums(width);
  std::vector<int> numbers(width);
  const auto add = [&](int row, int sign) {
    if (row < 0 || row >= rows) return;
    const auto* line = &cells[static_cast<std::size_t>(row) * width];
    for (std::size_t i = 0; i < width; ++i) {
      const bool known = !std::isnan(line[i]);
      sums[i] += known ? sign * static_cast<double>(line[i]) : 0;
      numbers[i] += known ? sign : 0;
    }
  };
  for (int row = 0; row < reach; ++row) add(row, 1);
  for (int row = 0; row < rows; ++row) {
    add(row + reach, 1);
    add(row - reach - 1, -1);
    const auto first = static_cast<std::size_t>(row) * width;
    for (std::size_t i = 0; i < width; ++i)
      if (!std::isnan(cells[first + i])) result[first + i] = static_cast<float>(sums[i] / numbers[i]);
  }
  return result;
}

}  // namespace

std::vector<float> smoothed(const std::vector<float>& cells, int columns, int along, int across) {
  const auto width = static_cast<std::size_t>(columns);
  return smoothed_across(smoothed_along(cells, width, along), width, across);
}

}  // namespace octet::ui
