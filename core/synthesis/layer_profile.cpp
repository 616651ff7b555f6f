#include "core/synthesis/layer_profile.h"

#include <ATen/ATen.h>

#include "core/checkpoint/read_statistics.h"
#include "core/checkpoint/read_weight.h"
#include "core/kernels/dequantize.h"
#include "core/synthesis/weight_store.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

/// fp32 and contiguous.
std::span<const float> values_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

/// One a channel, the largest of its groups; undefined where there are none.
at::Tensor scales_of(const Weight& weight) {
  return std::visit(
      ForEachKind{[](const DenseWeight&) { return at::Tensor(); },
                  [](const Int8Weight& int8) { return int8.scale.flatten(); },
                  [](const GroupedInt8Weight& grouped) { return at::amax(grouped.scale, 1); },
                  [](const DynamicInt8Weight& dynamic) { return dynamic.integers.scale.flatten(); }},
      weight);
}

}  // namespace

LayerProfile profile_layer(const Checkpoint& checkpoint, const Layer& layer, const Recipe& recipe,
                           const Calibration* calibration, const std::stop_token& stop) try {
  const auto exact = read_folded(checkpoint, layer, layer.weight()).contiguous();
  const auto weight = weight_of(checkpoint, layer, recipe, calibration, stop);
  const auto stored = values_in(weight, at::kFloat).contiguous();
  auto scales = scales_of(weight);
  if (scales.defined()) scales = scales.contiguous();
  std::int64_t inner = 1;
  for (auto axis = layer.scale_axis() + 1; axis < exact.dim(); ++axis) inner *= exact.size(axis);
  LayerProfile made{profile_weight(values_of(exact), values_of(stored),
                                   static_cast<std::size_t>(exact.size(layer.scale_axis())),
                                   static_cast<std::size_t>(inner),
                                   scales.defined() ? values_of(scales) : std::span<const float>()),
                    {}};
  if (calibration && calibration->has(layer.name)) {
    const auto largest = read_largest_inputs(calibration->file(), layer).contiguous();
    const auto values = values_of(largest);
    made.largest_inputs.assign(values.begin(), values.end());
  }
  return made;
} catch (...) {
  rethrow_as_error();
}

}  // namespace octet
