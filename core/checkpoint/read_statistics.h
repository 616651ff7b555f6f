#pragma once

#include "core/checkpoint/tensor_file.h"
#include "core/quant/input_statistics.h"
#include "core/tensor/layer.h"

namespace octet {

/// What a calibration's file holds of a layer, on the CPU. Throws Error(input) naming file and tensor where
/// there is nothing, a shape does not fit the layer's weight, or a value is none that statistics have: not
/// finite, a square that is negative.
InputStatistics read_statistics(const TensorFile& calibration, const Layer& layer);

/// Of these the largest |input| of each channel alone, fp32 [channels], which is little beside the rest.
/// Throws likewise.
at::Tensor read_largest_inputs(const TensorFile& calibration, const Layer& layer);

/// The upper triangles of symmetric matrices, row by row: [groups, K, K] -> [groups, K (K + 1) / 2]
at::Tensor upper_triangles(const at::Tensor& symmetric);

}  // namespace octet
