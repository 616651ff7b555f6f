#include "core/synthesis/weight_error.h"

#include <ATen/ATen.h>

#include "core/checkpoint/read_weight.h"
#include "core/kernels/dequantize.h"
#include "core/synthesis/bound_model.h"
#include "core/synthesis/weight_store.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

double energy(const at::Tensor& values) { return at::sum(at::square(values), at::kDouble).item<double>(); }

WeightError error_of(const at::Tensor& exact, const Weight& made) {
  return {energy(exact), energy(exact - values_in(made, at::kFloat))};
}

}  // namespace

WeightError int8_weight_error(const Checkpoint& checkpoint, const Layer& layer, const Recipe& recipe,
                              const Calibration* calibration, const std::stop_token& stop) try {
  const auto exact = read_folded(checkpoint, layer, layer.weight());
  if (layer.stored == Precision::int8) return {energy(exact), 0};
  return error_of(exact, weight_of(checkpoint, layer, recipe, calibration, stop));
} catch (...) {
  rethrow_as_error();
}

WeightError int8_weight_error(const BoundModel& model, const JobControl& control) try {
  WeightError sum;
  const auto& layers = model.checkpoint().layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    control.at({"weighing layers", static_cast<int>(i), static_cast<int>(layers.size())});
    if (model.resolved().layers[i].effective.storage != Precision::int8) continue;
    const auto [signal, noise] = error_of(read_folded(model.checkpoint(), layers[i], layers[i].weight()),
                                          moved(model.layer(i, control.stop)->weight.value(), at::kCPU));
    sum.signal += signal;
    sum.noise += noise;
  }
  return sum;
} catch (...) {
  rethrow_as_error();
}

}  // namespace octet
