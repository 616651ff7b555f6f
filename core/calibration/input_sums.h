#pragma once

#include <cstdint>
#include <vector>

#include "core/calibration/balance.h"
#include "core/checkpoint/safetensors_writer.h"
#include "core/checkpoint/tensor_file.h"
#include "core/ops/conv_shape.h"
#include "core/quant/input_statistics.h"
#include "core/tensor/layer.h"

namespace octet {

/// Sums over all that a layer is given; divided by its rows they are its statistics.
class InputSums {
 public:
  /// A Linear or a convolution, which must live longer.
  explicit InputSums(const Layer& layer) : layer_(&layer) {}

  /// One call of the layer.
  void add(const at::Tensor& input, const ConvShape& shape, CalibrationBalance balance);

  std::int64_t rows() const { return sums_.rows; }
  /// The sums, as tensors of a file that are called as those of a calibration.
  std::vector<TensorSource> stored() const;
  /// Goes on from what `stored` wrote. Throws Error(input) where that is not in the file.
  void restore(const TensorFile& file, at::Device device);

 private:
  const Layer* layer_;
  InputStatistics sums_;
};

/// At most so many bytes are a layer's sums in memory.
std::uint64_t bytes_of_sums(const Layer& layer);

/// The statistics that follow from sums in a file, as tensors of a calibration.
std::vector<TensorSource> means_of_stored(const TensorFile& sums, const Layer& layer);

}  // namespace octet
