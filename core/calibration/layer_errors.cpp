#include "core/calibration/layer_errors.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/checkpoint/read_statistics.h"
#include "core/checkpoint/read_weight.h"
#include "core/kernels/dequantize.h"
#include "core/quant/bias_correction.h"
#include "core/quant/product_parts.h"
#include "core/synthesis/weight_store.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

/// Sum of the squares that such a weight gives with a bias, fp64, by row of inputs.
double output_energy(const at::Tensor& weight, const at::Tensor& bias, const Layer& layer,
                     const InputStatistics& statistics) {
  double sum = 0;
  for (const auto& part : product_parts(weight, layer.scale_axis(), statistics)) {
    const auto rows = part.rows_of(weight).to(at::kDouble);
    sum += (at::matmul(rows, part.hessian().to(at::kDouble)) * rows).sum().item<double>();
    const auto added = part.outputs_of(bias);
    sum += (added * (2 * (rows * part.mean().to(at::kDouble)).sum(1) + added)).sum().item<double>();
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
    const auto no_bias = at::zeros({exact.size(layer.scale_axis())}, at::kDouble);
    const auto whole = output_energy(exact, no_bias, layer, statistics);
    errors.push_back({layer.name, layer.type, {}});
    for (const auto& plan : plans) {
      const auto& recipe = plan.layers[i].effective;
      const auto made = weight_of(checkpoint, layer, recipe, plan.calibration.get(), control.stop);
      const auto error = values_in(made, at::kFloat) - exact;
      const auto correction =
          corrects_bias(recipe) && layer.stored != Precision::int8
              ? -mean_output(error, layer.scale_axis(), read_statistics(plan.calibration->file(), layer))
              : no_bias;
      const auto off = output_energy(error, correction, layer, statistics);
      errors.back().relative.push_back(whole > 0 ? off / whole : 0);
    }
  }
  return errors;
} catch (...) {
  rethrow_as_error();
}

}  // namespace octet
