#pragma once

#include <ATen/core/Tensor.h>

#include "core/checkpoint/tensor_file.h"

namespace octet {

/// A stored tensor, read into memory on the CPU. Throws Error(input) naming the file, and for types that
/// nothing is computed from.
at::Tensor as_tensor(const StoredTensor& stored);

}  // namespace octet
