#include "ui/spectrogram/spectrogram_pyramid.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace octet::ui {
namespace {

constexpr int kFactor = 4;
constexpr int kFewestFrames = 64;

Spectrogram averaged(const Spectrogram& fine) {
  Spectrogram coarse;
  coarse.bins = fine.bins;
  coarse.frames = (fine.frames + kFactor - 1) / kFactor;
  coarse.seconds_per_frame = fine.seconds_per_frame * kFactor;
  coarse.hz_per_bin = fine.hz_per_bin;
  coarse.db.resize(static_cast<std::size_t>(coarse.frames) * static_cast<std::size_t>(coarse.bins));
  auto target = coarse.db.begin();
  for (int frame = 0; frame < coarse.frames; ++frame, target += coarse.bins) {
    const int first = frame * kFactor;
    const int last = std::min(first + kFactor, fine.frames);
    for (int i = first; i < last; ++i)
      std::transform(target, target + coarse.bins, fine.frame(i).begin(), target, std::plus<>());
    const float share = 1 / static_cast<float>(last - first);
    std::transform(target, target + coarse.bins, target, [share](float sum) { return sum * share; });
  }
  return coarse;
}

/// Which frames or bins make a cell: the mean of [first, last), or, of two neighbours, `between` of the
/// second.
struct Part {
  int first = 0;
  int last = 0;
  float between = 0;
  bool blended = false;
};

/// `from` and `to` in widths of one frame or bin, where index i spans [i, i + 1).
Part part_of(double from, double to, int count) {
  const auto bounded = [&](double index) { return static_cast<int>(std::clamp(index, 0.0, count - 1.0)); };
  if (to - from >= 1) {
    constexpr double kRounding = 1e-6;  // edges that should lie on one of the frame's
    const int first = bounded(std::floor(from + kRounding));
    return {first, std::max(first + 1, std::min(static_cast<int>(to + kRounding), count))};
  }
  const double centre = (from + to) / 2 - 0.5;
  return {bounded(std::floor(centre)), bounded(std::floor(centre) + 1),
          static_cast<float>(centre - std::floor(centre)), true};
}

}  // namespace

SpectrogramPyramid::SpectrogramPyramid(Spectrogram levels) {
  steps_.push_back(std::move(levels));
  while (steps_.back().frames > kFewestFrames) steps_.push_back(averaged(steps_.back()));
}

const Spectrogram& SpectrogramPyramid::copy_for(double seconds_per_column) const {
  std::size_t step = 0;
  while (step + 1 < steps_.size() && seconds_per_column >= steps_[step + 1].seconds_per_frame) ++step;
  return steps_[step];
}

std::vector<float> SpectrogramPyramid::cells(const CellGrid& grid) const {
  const auto rows = static_cast<std::size_t>(std::max(grid.rows(), 0));
  const auto columns = static_cast<std::size_t>(std::max(grid.columns, 0));
  std::vector<float> result(rows * columns, std::numeric_limits<float>::quiet_NaN());
  if (result.empty() || levels().frames == 0) return result;

  // Counted from the start of the first frame, half a frame before the sound begins.
  const double frames_per_column = (grid.to - grid.from) / grid.columns / levels().seconds_per_frame;
  const double first_frame = grid.from / levels().seconds_per_frame + 0.5;
  const Spectrogram& source = copy_for((grid.to - grid.from) / grid.columns);
  const double width = source.seconds_per_frame / levels().seconds_per_frame;

  std::vector<Part> row_parts;
  row_parts.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row)
    row_parts.push_back(part_of(grid.edges[row] / source.hz_per_bin + 0.5,
                                grid.edges[row + 1] / source.hz_per_bin + 0.5, source.bins));
  const auto lowest = static_cast<std::size_t>(row_parts.front().first);
  const auto end = static_cast<std::size_t>(std::min(row_parts.back().last + 1, source.bins));

  std::vector<float> column(static_cast<std::size_t>(source.bins));
  for (std::size_t c = 0; c < columns; ++c) {
    const double from = first_frame + static_cast<double>(c) * frames_per_column;
    const double middle = from + frames_per_column / 2;
    if (middle < 0 || middle >= levels().frames) continue;
    const Part part = part_of(from / width, (from + frames_per_column) / width, source.frames);
    if (part.blended) {
      const auto before = source.frame(part.first);
      const auto after = source.frame(part.last);
      for (std::size_t bin = lowest; bin < end; ++bin)
        column[bin] = before[bin] + part.between * (after[bin] - before[bin]);
    } else {
      const float share = 1 / static_cast<float>(part.last - part.first);
      std::fill(column.begin(), column.end(), 0.0f);
      for (int i = part.first; i < part.last; ++i) {
        const auto frame = source.frame(i);
        for (std::size_t bin = lowest; bin < end; ++bin) column[bin] += share * frame[bin];
      }
    }
    for (std::size_t row = 0; row < rows; ++row) {
      const Part& bins = row_parts[row];
      const auto first = static_cast<std::size_t>(bins.first);
      const auto last = static_cast<std::size_t>(bins.last);
      float value = 0;
      if (bins.blended) {
        value = column[first] + bins.between * (column[last] - column[first]);
      } else {
        for (std::size_t bin = first; bin < last; ++bin) value += column[bin];
        value /= static_cast<float>(last - first);
      }
      result[row * columns + c] = value;
    }
  }
  return result;
}

}  // namespace octet::ui
