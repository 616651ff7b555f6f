#pragma once

#include "core/ops/layer_ops.h"

namespace octet {

// Layers that round their input (rounded_product.h).

Op prepare_dynamic_linear(const DynamicInt8Weight& weight, const Bias& bias);
/// As a product of columns: each frame beside those that the kernel sees with it.
Op prepare_dynamic_conv1d(const DynamicInt8Weight& weight, const Bias& bias, const ConvShape& shape);

}  // namespace octet
