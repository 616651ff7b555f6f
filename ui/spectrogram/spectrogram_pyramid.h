#pragma once

#include <vector>

#include "core/dsp/spectrogram.h"

namespace octet::ui {

/// Part of the plane of time and frequency, cut into cells.
struct CellGrid {
  double from = 0;  ///< seconds
  double to = 0;    ///< seconds
  int columns = 0;
  std::vector<double> edges;  ///< Hz, rising: row r lies between edges r and r + 1

  int rows() const { return static_cast<int>(edges.size()) - 1; }
  bool operator==(const CellGrid&) const = default;
};

/// A spectrogram with copies coarser in time, so that a view of it costs what its cells cost, whatever it
/// spans. Immutable.
class SpectrogramPyramid {
 public:
  explicit SpectrogramPyramid(Spectrogram levels);

  const Spectrogram& levels() const { return steps_.front(); }
  /// What cells of this width are made from: the coarsest copy of which a column spans a whole frame or more.
  const Spectrogram& copy_for(double seconds_per_column) const;
  /// Mean dB of each cell [rows, columns]; between frames and bins, where the cells are finer than these,
  /// what lies between. NaN beyond the sound.
  std::vector<float> cells(const CellGrid& grid) const;

 private:
  std::vector<Spectrogram> steps_;  ///< each averages kFactor frames of the one before
};

}  // namespace octet::ui
