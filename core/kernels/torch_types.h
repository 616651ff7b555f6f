#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include "core/kernels/device.h"
#include "core/tensor/precision.h"

namespace octet {

// Octet's own types as Torch names them.

/// Throws Error(input) for the types that nothing is computed from.
at::ScalarType torch_type(Dtype dtype);
at::Device torch_device(Device device);
/// Of a GPU.
inline c10::DeviceIndex gpu_index(Device device) { return static_cast<c10::DeviceIndex>(device.index); }

}  // namespace octet
