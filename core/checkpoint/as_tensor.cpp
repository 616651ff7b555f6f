#include "core/checkpoint/as_tensor.h"

#include <ATen/ATen.h>

#include "core/kernels/torch_types.h"

namespace octet {

at::Tensor as_tensor(const StoredTensor& stored) {
  auto tensor = at::empty(stored.shape, torch_type(stored.dtype));
  stored.read({static_cast<std::byte*>(tensor.data_ptr()), tensor.nbytes()});
  return tensor;
}

}  // namespace octet
