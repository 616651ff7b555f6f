#pragma once

#include "core/ops/layer_ops.h"

namespace octet {

// Operations of integers: the input is rounded to int8, multiplied with the weight's integers, summed in 32
// bits, and scaled in fp32 (docs/formats.md, "Dynamic"); features with outliers are multiplied as they are
// ("Outliers"). On the CPU.

Op prepare_dynamic_linear(const DynamicInt8Weight& weight, const Bias& bias);
/// As a product of columns: each frame beside those that the kernel sees with it.
Op prepare_dynamic_conv1d(const DynamicInt8Weight& weight, const Bias& bias, const ConvShape& shape);

}  // namespace octet
