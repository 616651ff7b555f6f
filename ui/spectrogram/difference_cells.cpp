#include "ui/spectrogram/difference_cells.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "core/dsp/frequency_scale.h"
#include "ui/spectrogram/smoothing.h"
#include "ui/spectrogram/take_floor.h"

namespace octet::ui {
namespace {

// What two takes differ by at random averages out; what a plan does stays.
constexpr double kSmoothSeconds = 0.03;  // to each side
constexpr double kSmoothShare = 0.02;    // of all rows
constexpr int kMostColumns = 1000;       // of a whole clip, whose floor needs no more
constexpr int kRows = 64;                // likewise
constexpr float kSeen = 0.1F;            // dB; less is not to be seen
constexpr double kStretch = 0.25;        // seconds
constexpr double kLeastWorst = 0.25;     // share of such a stretch that chance takes in one clip or another

std::vector<float> averaged(const SpectrogramPyramid& reference, const SpectrogramPyramid& test,
                            const CellGrid& grid) {
  auto cells = test.cells(grid);
  const auto taken = reference.cells(grid);
  std::transform(cells.begin(), cells.end(), taken.begin(), cells.begin(), std::minus<>());
  const int along = static_cast<int>(kSmoothSeconds / (grid.to - grid.from) * grid.columns);
  return smoothed(cells, grid.columns, along, static_cast<int>(kSmoothShare * grid.rows()));
}

CellGrid whole_of(const SpectrogramPyramid& reference, const std::vector<double>& edges) {
  const auto& levels = reference.levels();
  return {0, levels.frames * levels.seconds_per_frame, std::min(levels.frames, kMostColumns), edges};
}

/// The share of cells that are seen, column by column.
std::vector<double> seen_shares(const std::vector<float>& cells, const CellGrid& grid) {
  const auto columns = static_cast<std::size_t>(grid.columns);
  std::vector<double> shares(columns);
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (std::abs(cells[i]) > kSeen) shares[i % columns] += 1.0 / grid.rows();
  return shares;
}

/// Of the quarter of a second in which most are seen.
double worst_share(const std::vector<double>& shares, const CellGrid& grid) {
  const double seconds = (grid.to - grid.from) / grid.columns;
  const auto wide = static_cast<std::size_t>(std::clamp(kStretch / seconds, 1.0, double(grid.columns)));
  double sum = 0, worst = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    sum += shares[i] - (i < wide ? 0 : shares[i - wide]);
    worst = std::max(worst, sum / static_cast<double>(wide));
  }
  return worst;
}

}  // namespace

std::vector<float> difference_floor(const SpectrogramPyramid& reference, const SpectrogramPyramid& take,
                                    const std::vector<double>& edges) {
  if (reference.levels().frames == 0) return std::vector<float>(edges.size() - 1);
  const auto whole = whole_of(reference, edges);
  return take_floor(averaged(reference, take, whole), whole.columns);
}

std::vector<float> difference_cells(const SpectrogramPyramid& reference, const SpectrogramPyramid& test,
                                    const std::vector<float>& floor, const CellGrid& grid) {
  auto cells = averaged(reference, test, grid);
  return floor.empty() ? cells : beyond(std::move(cells), grid.columns, floor);
}

bool is_chance(const std::vector<float>& beyond, const CellGrid& grid, double worst) {
  const auto shares = seen_shares(beyond, grid);
  const double all = std::accumulate(shares.begin(), shares.end(), 0.0) / grid.columns;
  return all <= kBeyondByChance && worst_share(shares, grid) <= worst;
}

Chance chance_of(const SpectrogramPyramid& reference, const SpectrogramPyramid& test,
                 const SpectrogramPyramid& take) {
  const auto& levels = reference.levels();
  if (levels.frames == 0) return {};
  const double highest = position_of(FrequencyScale::mel, (levels.bins - 1) * levels.hz_per_bin);
  std::vector<double> edges;
  for (int row = 0; row <= kRows; ++row)
    edges.push_back(frequency_at(FrequencyScale::mel, highest * row / kRows));
  const auto whole = whole_of(reference, edges);
  const auto floor = difference_floor(reference, take, edges);
  const auto of_take = seen_shares(difference_cells(reference, take, floor, whole), whole);
  const double worst = std::max(kLeastWorst, worst_share(of_take, whole));
  return {worst, is_chance(difference_cells(reference, test, floor, whole), whole, worst)};
}

}  // namespace octet::ui
