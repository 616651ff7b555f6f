#pragma once

#include "core/quant/weight_only_options.h"
#include "core/tensor/weight.h"

namespace octet {

/// Int8 by groups, symmetric or with zero points (docs/formats.md, "Groups and zero points"). `weight` and
/// `channel_axis`: as for quantize_int8.
GroupedInt8Weight quantize_groups(const at::Tensor& weight, int channel_axis,
                                  const WeightOnlyOptions& options);

}  // namespace octet
