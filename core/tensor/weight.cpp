#include "core/tensor/weight.h"

namespace octet {

std::size_t bytes(const Weight& weight) {
  if (const auto* int8 = std::get_if<Int8Weight>(&weight))
    return int8->values.nbytes() + int8->scale.nbytes();
  return std::get<DenseWeight>(weight).values.nbytes();
}

}  // namespace octet
