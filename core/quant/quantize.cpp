#include "core/quant/quantize.h"

#include <ATen/ATen.h>

#include <limits>

#include "core/quant/adaround_options.h"
#include "core/quant/dynamic_options.h"
#include "core/quant/gptq_options.h"
#include "core/quant/int8_adaround.h"
#include "core/quant/int8_gptq.h"
#include "core/quant/int8_groups.h"
#include "core/quant/int8_weight_only.h"
#include "core/quant/outlier_options.h"

namespace octet {
namespace {

using enum StoredPart::Role;

at::Tensor tensor_of(const Int8Weight& int8, StoredPart::Role part) {
  return part == weight ? int8.values : part == scale ? int8.scale : at::Tensor();
}

/// Of inputs, by a method that rounds them.
InputRounding rounding_of(const Recipe& recipe) {
  if (recipe.method == Method::dynamic) return {parse_dynamic_options(recipe.options).scales};
  const auto options = parse_outlier_options(recipe.options);
  const bool found = options.found == OutlierOptions::Found::in_calibration;
  return {ActivationScales::per_token,
          found ? std::numeric_limits<float>::infinity() : static_cast<float>(options.threshold)};
}

/// int8 [channels that an output sees]: those that reached the threshold, of a convolution in any group.
at::Tensor outliers_in(const InputStatistics& statistics, const at::Tensor& weight, double threshold) {
  const auto largest = statistics.largest.view({-1, weight.size(1)}).amax(0);
  return (largest >= static_cast<float>(threshold)).to(at::kChar);
}

}  // namespace

Weight quantize(const at::Tensor& folded, int channel_axis, const Recipe& recipe, const Making& making) {
  switch (recipe.method) {
    case Method::weight_only: {
      const auto options = parse_weight_only_options(recipe.options);
      if (options.in_groups()) return quantize_groups(folded, channel_axis, options);
      return quantize_int8(folded, channel_axis, options);
    }
    case Method::dynamic: return DynamicInt8Weight{quantize_int8(folded, channel_axis), rounding_of(recipe)};
    case Method::llm_int8:
      return DynamicInt8Weight{
          quantize_int8(folded, channel_axis), rounding_of(recipe),
          has_fixed_outliers(recipe)
              ? outliers_in(making.statistics(), folded, parse_outlier_options(recipe.options).threshold)
              : at::Tensor()};
    case Method::gptq:
      return quantize_gptq(folded, channel_axis, making.statistics(), parse_gptq_options(recipe.options),
                           making.stop);
    case Method::adaround: break;
  }
  return quantize_adaround(folded, channel_axis, making.statistics(), parse_adaround_options(recipe.options),
                           making.stop);
}

Weight assembled(const std::function<at::Tensor(StoredPart::Role)>& part, int channel_axis,
                 const Recipe& recipe) {
  switch (recipe.method) {
    case Method::dynamic:
    case Method::llm_int8:
      return DynamicInt8Weight{{part(weight), part(scale)},
                               rounding_of(recipe),
                               has_fixed_outliers(recipe) ? part(outliers) : at::Tensor()};
    case Method::weight_only:
    case Method::gptq:
    case Method::adaround: break;
  }
  const auto options = layout_of(recipe);
  if (!options.in_groups()) return Int8Weight{part(weight), part(scale)};
  return GroupedInt8Weight{part(weight), part(scale), options.asymmetric ? part(zero_point) : at::Tensor(),
                           channel_axis, options.group};
}

at::Tensor tensor_of(const Weight& made, StoredPart::Role part) {
  return std::visit(
      ForEachKind{[&](const DenseWeight& dense) { return part == weight ? dense.values : at::Tensor(); },
                  [&](const Int8Weight& int8) { return tensor_of(int8, part); },
                  [&](const GroupedInt8Weight& grouped) {
                    return part == zero_point ? grouped.zero_point
                                              : tensor_of(Int8Weight{grouped.values, grouped.scale}, part);
                  },
                  [&](const DynamicInt8Weight& dynamic) {
                    return part == outliers ? dynamic.outliers : tensor_of(dynamic.integers, part);
                  }},
      made);
}

}  // namespace octet
