#pragma once

#include <ATen/core/Tensor.h>

#include <utility>

#include "core/export/format.h"
#include "core/tensor/weight.h"

namespace octet {

/// A tensor of a file whose values `make()` gives when their turn comes.
template <typename Make>
TensorSource tensor_source(std::string name, Dtype dtype, Shape shape, Make make) {
  return {std::move(name), dtype, std::move(shape), [make = std::move(make)](const ByteSink& sink) {
            const at::Tensor dense = make().contiguous();
            sink({static_cast<const std::byte*>(dense.const_data_ptr()), dense.nbytes()});
          }};
}

/// The weight as it is to be stored (core/synthesis/weight_store.h).
Weight weight_of(const PlannedLayer& planned);

/// A tensor beside it (there, too).
at::Tensor tensor_beside_weight(const PlannedLayer& planned, const LayerTensor& tensor, Dtype dtype);

/// Whether W = weight * weight_scale is all that there is to an int8 layer: used as
/// weight-only is, with a scale for each output channel.
bool is_plain_int8(const PlannedLayer& planned);

// What each format has of a layer.
std::vector<TensorSource> octet_tensors(const PlannedLayer& planned);
std::vector<TensorSource> stock_tensors(const PlannedLayer& planned);
std::vector<TensorSource> comfy_tensors(const PlannedLayer& planned);
std::vector<TensorSource> compressed_tensors(const PlannedLayer& planned);

}  // namespace octet
