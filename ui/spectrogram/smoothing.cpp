#include "ui/spectrogram/smoothing.h"

#include <algorithm>
#include <cmath>

namespace octet::ui {
namespace {

/// A window that slides over `count` cells, `step` apart from `first` on.
void smooth_line(const std::vector<float>& from, std::vector<float>& to, std::size_t first, std::size_t step,
                 int count, int reach) {
  std::vector<double> sums(static_cast<std::size_t>(count) + 1);
  std::vector<int> numbers(sums.size());
  for (std::size_t i = 0; i + 1 < sums.size(); ++i) {
    const float value = from[first + i * step];
    const bool known = !std::isnan(value);
    sums[i + 1] = sums[i] + (known ? static_cast<double>(value) : 0);
    numbers[i + 1] = numbers[i] + (known ? 1 : 0);
  }
  for (int i = 0; i < count; ++i) {
    const auto at = first + static_cast<std::size_t>(i) * step;
    if (std::isnan(from[at])) continue;
    const auto begin = static_cast<std::size_t>(std::max(0, i - reach));
    const auto end = static_cast<std::size_t>(std::min(count, i + reach + 1));
    to[at] = static_cast<float>((sums[end] - sums[begin]) / (numbers[end] - numbers[begin]));
  }
}

}  // namespace

std::vector<float> smoothed(const std::vector<float>& cells, int columns, int along, int across) {
  const auto width = static_cast<std::size_t>(columns);
  const auto rows = static_cast<int>(cells.size() / width);
  auto result = cells;
  for (int row = 0; row < rows; ++row)
    smooth_line(cells, result, static_cast<std::size_t>(row) * width, 1, columns, along);
  const auto half = result;
  for (std::size_t column = 0; column < width; ++column)
    smooth_line(half, result, column, width, rows, across);
  return result;
}

}  // namespace octet::ui
