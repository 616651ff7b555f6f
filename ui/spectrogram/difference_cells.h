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

}  // namespace octet::ui
