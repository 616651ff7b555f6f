#include "core/tensor/layer_kinds.h"

namespace octet {

bool is_bias(const Layer& layer, const LayerTensor& tensor) { return tensor.name == layer.name + ".bias"; }

bool is_calibrated(const Layer& layer) {
  return (layer.component == "flow" || layer.component == "mel2wav") && layer.quantizable() &&
         layer.type != LayerType::embedding;
}

}  // namespace octet
