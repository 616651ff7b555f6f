#pragma once

#include "core/tensor/layer.h"

namespace octet {

/// Whether `tensor` is the layer's bias.
bool is_bias(const Layer& layer, const LayerTensor& tensor);

/// Whether calibrations listen to a layer: all that multiplies in flow and vocoder.
bool is_calibrated(const Layer& layer);

}  // namespace octet
