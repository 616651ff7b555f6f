#include "core/tensor/layer.h"

#include <array>

namespace octet {

std::string_view to_string(LayerType type) {
  constexpr std::array<std::string_view, 10> kNames{"Linear",    "Conv1d",    "ConvTranspose1d", "Conv2d",
                                                    "Embedding", "LayerNorm", "BatchNorm",       "Snake",
                                                    "Parameter", "Buffer"};
  return kNames[static_cast<std::size_t>(type)];
}

bool Layer::quantizable() const { return type <= LayerType::embedding; }

std::int64_t Layer::parameters() const {
  std::int64_t count = 0;
  for (const auto& tensor : tensors)
    if (is_floating(tensor.stored) || tensor.stored == Dtype::i8) count += element_count(tensor.shape);
  return count;
}

}  // namespace octet
