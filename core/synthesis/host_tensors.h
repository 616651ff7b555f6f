#pragma once

#include <ATen/core/Tensor.h>

#include "core/tensor/host_tensor.h"

namespace octet {

/// A view of `tensor`'s memory: it must live longer.
at::Tensor to_torch(const HostTensor& tensor);

/// A copy in ordinary memory; floating types become fp32, integers int64.
HostTensor to_host(const at::Tensor& tensor);

}  // namespace octet
