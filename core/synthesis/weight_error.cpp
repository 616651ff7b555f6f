#include "core/synthesis/weight_error.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "core/checkpoint/read_weight.h"
#include "core/kernels/dequantize.h"
#include "core/synthesis/weight_store.h"
#include "core/torch_errors.h"

namespace octet {

double WeightError::decibels() const {
  return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / noise);
}

WeightError int8_weight_error(const Checkpoint& checkpoint, const Layer& layer, const Recipe& recipe,
                              const Calibration* calibration, const std::stop_token& stop) try {
  const auto energy = [](const at::Tensor& values) {
    return at::sum(at::square(values), at::kDouble).item<double>();
  };
  const auto weight = read_folded(checkpoint, layer, layer.weight());
  if (layer.stored == Precision::int8) return {energy(weight), 0};
  return {energy(weight),
          energy(weight - values_in(weight_of(checkpoint, layer, recipe, calibration, stop), at::kFloat))};
} catch (...) {
  rethrow_as_error();
}

WeightError int8_weight_error(const Checkpoint& checkpoint, const ResolvedPlan& plan,
                              const JobControl& control) {
  WeightError sum;
  for (std::size_t i = 0; i < plan.layers.size(); ++i) {
    control.at({"weighing layers", static_cast<int>(i), static_cast<int>(plan.layers.size())});
    const auto& recipe = plan.layers[i].effective;
    if (recipe.storage != Precision::int8) continue;
    const auto [signal, noise] =
        int8_weight_error(checkpoint, checkpoint.layers()[i], recipe, plan.calibration.get(), control.stop);
    sum.signal += signal;
    sum.noise += noise;
  }
  return sum;
}

}  // namespace octet
