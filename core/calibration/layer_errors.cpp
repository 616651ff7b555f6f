#include "core/calibration/layer_errors.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/checkpoint/read_statistics.h"
#include "core/checkpoint/read_weight.h"
#include "core/kernels/dequantize.h"
#include "core/quant/product_parts.h"
#include "core/synthesis/weight_store.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

/// Sum of the squares that such a weight gives, by row of inputs.
double output_energy(const at::Tensor& weight, const Layer& layer, const InputStatistics& statistics) {
  double sum = 0;
  for (const auto& part : product_parts(weight, layer.scale_axis(), statistics)) {
    const auto rows = part.rows_of(weight).to(at::kDouble);
    sum += (at::matmul(rows, part.hessian().to(at::kDouble)) * rows).sum().item<double>();
  }
  return sum;
}

}  // namespace

std::vector<LayerErrors> output_errors(const Checkpoint& checkpoint, const std::vector<ResolvedPlan>& plans,
                                       const Calibration& inputs, const JobControl& control) try {
  std::vector<LayerErrors> errors;
  const auto& layers = checkpoint.layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    control.at({"looking at layers", static_cast<int>(i), static_cast<int>(layers.size())});
    const auto& layer = layers[i];
    const auto is_int8 = [&](const ResolvedPlan& plan) {
      return plan.layers[i].effective.storage == Precision::int8;
    };
    if (!inputs.has(layer.name) || std::ranges::none_of(plans, is_int8)) continue;
    const auto statistics = read_statistics(inputs.file(), layer);
    const auto exact = read_folded(checkpoint, layer, layer.weight());
    const auto whole = output_energy(exact, layer, statistics);
    errors.push_back({layer.name, layer.type, {}});
    for (const auto& plan : plans) {
      const auto made =
          weight_of(checkpoint, layer, plan.layers[i].effective, plan.calibration.get(), control.stop);
      const auto off = output_energy(values_in(made, at::kFloat) - exact, layer, statistics);
      errors.back().relative.push_back(whole > 0 ? off / whole : 0);
    }
  }
  return errors;
} catch (...) {
  rethrow_as_error();
}

}  // namespace octet
