#include "ui/spectrogram/difference_cells.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "ui/spectrogram/smoothing.h"
#include "ui/spectrogram/take_floor.h"

namespace octet::ui {
namespace {

// What two takes differ by at random averages out; what a plan does stays.
constexpr double kSmoothSeconds = 0.03;  // to each side
constexpr double kSmoothShare = 0.02;    // of all rows
constexpr int kMostColumns = 1000;       // of a whole clip, whose floor needs no more

std::vector<float> averaged(const SpectrogramPyramid& reference, const SpectrogramPyramid& test,
                            const CellGrid& grid) {
  auto cells = test.cells(grid);
  const auto taken = reference.cells(grid);
  std::transform(cells.begin(), cells.end(), taken.begin(), cells.begin(), std::minus<>());
  const int along = static_cast<int>(kSmoothSeconds / (grid.to - grid.from) * grid.columns);
  return smoothed(cells, grid.columns, along, static_cast<int>(kSmoothShare * grid.rows()));
}

}  // namespace

std::vector<float> difference_floor(const SpectrogramPyramid& reference, const SpectrogramPyramid& take,
                                    const std::vector<double>& edges) {
  const auto& levels = reference.levels();
  if (levels.frames == 0) return std::vector<float>(edges.size() - 1);
  const CellGrid whole{0, levels.frames * levels.seconds_per_frame, std::min(levels.frames, kMostColumns),
                       edges};
  return take_floor(averaged(reference, take, whole), whole.columns);
}

std::vector<float> difference_cells(const SpectrogramPyramid& reference, const SpectrogramPyramid& test,
                                    const std::vector<float>& floor, const CellGrid& grid) {
  auto cells = averaged(reference, test, grid);
  return floor.empty() ? cells : beyond(std::move(cells), grid.columns, floor);
}

}  // namespace octet::ui
