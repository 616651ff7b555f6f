#include "core/quant/bias_correction.h"

#include <ATen/ATen.h>

#include "core/quant/product_parts.h"
#include "core/quant/weight_only_options.h"

namespace octet {

bool corrects_bias(const Recipe& recipe) {
  return recipe.storage == Precision::int8 && recipe.method == Method::weight_only &&
         parse_weight_only_options(recipe.options).bias_correction;
}

at::Tensor mean_output(const at::Tensor& weight, int channel_axis, const InputStatistics& statistics) {
  const auto sums = at::zeros({weight.size(channel_axis)}, at::kDouble);
  for (const auto& part : product_parts(weight, channel_axis, statistics))
    part.outputs_of(sums).add_((part.rows_of(weight).to(at::kDouble) * part.mean().to(at::kDouble)).sum(1));
  return channel_axis == 0 ? sums : sums / statistics.phases;
}

}  // namespace octet
