#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "core/tensor/host_tensor.h"

namespace octet {

/// A view of `tensor`'s memory: it must live longer.
at::Tensor to_torch(const HostTensor& tensor);

/// Contiguous copies in ordinary memory, after one wait for all that a GPU is still to compute; on the CPU
/// the tensors themselves.
std::vector<at::Tensor> brought_here(const std::vector<at::Tensor>& tensors);

/// A copy in ordinary memory; floating types become fp32, integers int64.
HostTensor to_host(const at::Tensor& tensor);

}  // namespace octet
