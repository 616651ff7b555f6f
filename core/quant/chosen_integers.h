#pragma once

#include <functional>

#include "core/quant/input_statistics.h"
#include "core/tensor/weight.h"

namespace octet {

/// Integers for the rows of a product, in fp64: all [outputs, K], `hessian` [K, K].
using ChooseIntegers =
    std::function<at::Tensor(const at::Tensor& rows, const at::Tensor& scales, const at::Tensor& hessian)>;

/// The weight that has the scales of plain rounding and the integers that `choose` gives for them, part after
/// part (product_parts.h): Int8Weight, or GroupedInt8Weight with groups. `weight`, `channel_axis`: as for
/// quantize_int8; `group`: as of WeightOnlyOptions.
Weight with_chosen_integers(const at::Tensor& weight, int channel_axis, const InputStatistics& statistics,
                            std::int64_t group, const ChooseIntegers& choose);

}  // namespace octet
