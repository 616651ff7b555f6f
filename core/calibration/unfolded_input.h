#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "core/ops/conv_shape.h"
#include "core/tensor/layer.h"

namespace octet {

/// Hands over an input of `layer` as the rows that its weight is multiplied with, fp32 [groups, rows, K] as
/// in InputStatistics, at most 64 MB at a time unless one output position has more. Requires a Linear or a
/// convolution, ConvTranspose1d without dilation and groups.
void unfold_input(const Layer& layer, const at::Tensor& input, const ConvShape& shape,
                  const std::function<void(const at::Tensor& rows)>& take);

}  // namespace octet
