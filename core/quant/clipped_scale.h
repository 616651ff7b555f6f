#pragma once

#include <ATen/core/Tensor.h>

#include "core/quant/weight_only_options.h"

namespace octet {

/// The scale of each channel where weights are clipped as `options` say (docs/formats.md, "Clipping").
/// `weight`: fp32, finite. `scale`: of plain rounding, positive and normal, 1 everywhere but on
/// `channel_axis`, which is 0 or 1.
at::Tensor clipped_scale(const at::Tensor& weight, const at::Tensor& scale, int channel_axis,
                         const WeightOnlyOptions& options);

}  // namespace octet
