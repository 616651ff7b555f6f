#pragma once

#include <vector>

#include "ui/spectrogram/spectrogram_pyramid.h"

namespace octet::ui {

/// Of each row between `edges` (Hz, rising, two at least) what another take of the reference differs from it
/// by over the whole clip (take_floor.h), dB.
std::vector<float> difference_floor(const SpectrogramPyramid& reference, const SpectrogramPyramid& take,
                                    const std::vector<double>& edges);

/// test - reference in dB [rows, columns], averaged over 60 ms and a few rows, so that it is no speckle. With
/// a floor (by row; empty: none) only what is beyond it. NaN beyond the sound.
std::vector<float> difference_cells(const SpectrogramPyramid& reference, const SpectrogramPyramid& test,
                                    const std::vector<float>& floor, const CellGrid& grid);

/// What of a difference beyond its floor means nothing.
struct Chance {
  double worst = 0;  ///< share of the cells of a quarter of a second that may be beyond
  bool all = false;  ///< nothing of the whole clip is more, whatever part of it is seen
};
Chance chance_of(const SpectrogramPyramid& reference, const SpectrogramPyramid& test,
                 const SpectrogramPyramid& take);

/// Whether of `beyond` ([rows, columns], difference_cells with a floor) there is no more than chance: neither
/// altogether nor, beyond `worst`, in a quarter of a second.
bool is_chance(const std::vector<float>& beyond, const CellGrid& grid, double worst);

}  // namespace octet::ui
