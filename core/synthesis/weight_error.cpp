#include "core/synthesis/weight_error.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "core/checkpoint/read_weight.h"
#include "core/kernels/dequantize.h"
#include "core/quant/int8_weight_only.h"
#include "core/torch_errors.h"

namespace octet {

double int8_weight_snr(const Checkpoint& checkpoint, const Layer& layer) try {
  const auto weight = read_folded(checkpoint, layer, layer.weight());
  const auto int8 = quantize_int8(weight, layer.scale_axis());
  const auto error = weight - dequantize(int8, at::kFloat);
  const auto energy = [](const at::Tensor& values) {
    return at::sum(at::square(values), at::kDouble).item<double>();
  };
  const auto noise = energy(error);
  if (noise == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(energy(weight) / noise);
} catch (...) {
  rethrow_as_error();
}

}  // namespace octet
