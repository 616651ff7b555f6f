#pragma once

#include <vector>

#include "ui/spectrogram/spectrogram_pyramid.h"

namespace octet::ui {

/// test - reference in dB [rows, columns], averaged over 60 ms and a few rows, so that it is no speckle. With
/// another take of the reference only what is beyond the take's difference (take_floor.h), over the whole
/// clip. NaN beyond the sound.
std::vector<float> difference_cells(const SpectrogramPyramid& reference, const SpectrogramPyramid& test,
                                    const SpectrogramPyramid* other_take, const CellGrid& grid);

}  // namespace octet::ui
