#include "core/quant/chosen_integers.h"

#include <ATen/ATen.h>

#include "core/quant/int8_groups.h"
#include "core/quant/int8_weight_only.h"
#include "core/quant/product_parts.h"
#include "core/tensor/groups.h"

namespace octet {
namespace {

struct PlainlyRounded {
  Weight weight;
  at::Tensor integers;  ///< the weight's own
  at::Tensor scales;    ///< of each element, in the weight's shape
};

PlainlyRounded plainly_rounded(const at::Tensor& weight, int channel_axis, std::int64_t group) {
  if (group == 0) {
    const auto plain = quantize_int8(weight, channel_axis);
    return {plain, plain.values, plain.scale.expand(weight.sizes())};
  }
  const auto plain = quantize_groups(weight, channel_axis, {.group = group});
  const auto scales = plain.scale.unsqueeze(2).expand({-1, -1, group});
  return {plain, plain.values, out_of_groups(scales, weight.sizes(), channel_axis)};
}

}  // namespace

Weight with_chosen_integers(const at::Tensor& weight, int channel_axis, const InputStatistics& statistics,
                            std::int64_t group, const ChooseIntegers& choose) {
  const auto plain = plainly_rounded(weight, channel_axis, group);
  for (const auto& part : product_parts(weight, channel_axis, statistics))
    part.set_rows(plain.integers,
                  choose(part.rows_of(weight).to(at::kDouble), part.rows_of(plain.scales).to(at::kDouble),
                         part.hessian().to(at::kDouble)));
  return plain.weight;
}

}  // namespace octet
