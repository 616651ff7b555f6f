#include "core/checkpoint/read_weight.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/checkpoint/as_tensor.h"
#include "core/checkpoint/schema.h"
#include "core/checkpoint/weight_norm.h"
#include "core/error.h"
#include "core/kernels/dequantize.h"
#include "core/kernels/torch_types.h"
#include "core/quant/quantize.h"

namespace octet {
namespace {

constexpr float kLargest = std::numeric_limits<float>::max();
constexpr int kLargestInt8 = 127;

[[noreturn]] void refuse(const Checkpoint& checkpoint, const std::string& fault) {
  throw Error(ErrorKind::input, fmt::format("{}: tensor {}", checkpoint.path().string(), fault),
              "the checkpoint is damaged, or its training diverged");
}

/// The value farthest from zero; NaN where there is one.
double farthest(const at::Tensor& values) {
  const auto [least, most] = at::aminmax(values);
  const auto low = least.item<double>(), high = most.item<double>();
  return std::isnan(low) || -low > high ? low : high;
}

std::string fault_of_floats(const at::Tensor& values, std::string_view name) {
  const auto far = farthest(values);
  if (!std::isfinite(far)) return fmt::format("{} holds NaN or infinity", name);
  if (std::abs(far) > kLargest) return fmt::format("{} holds {:.7g}, which fp32 cannot hold", name, far);
  if (name.ends_with(".running_var"))
    if (const auto least = at::amin(values).item<double>(); least < 0)
      return fmt::format("{} holds {:.7g}, and no variance is negative", name, least);
  return {};
}

std::string fault_of_scale(const at::Tensor& scale, std::string_view name) {
  const auto bad = at::logical_not((scale >= std::numeric_limits<float>::min())
                                       .logical_and(scale <= kLargest / static_cast<float>(kLargestInt8)));
  if (!bad.any().item<bool>()) return {};
  const auto channel = bad.flatten().to(at::kByte).argmax().item<std::int64_t>();
  return fmt::format("{} holds {} for channel {}: a scale is positive, finite and not subnormal", name,
                     scale.flatten()[channel].item<float>(), channel);
}

Weight unchecked_int8(const Checkpoint& checkpoint, const Layer& layer) {
  const auto part = [&](StoredPart::Role role) { return read_stored(checkpoint, part_name(layer, role)); };
  return assembled(part, layer.scale_axis(),
                   {.storage = Precision::int8, .method = layer.method, .options = layer.options});
}

std::string fault_of_int8(const Weight& held, const Layer& layer) {
  using enum StoredPart::Role;
  if (!tensor_of(held, zero_point).defined() &&
      tensor_of(held, weight).eq(-kLargestInt8 - 1).any().item<bool>())
    return fmt::format("{} holds -128, outside the symmetric range", layer.weight().name);
  if (const auto found = tensor_of(held, outliers);
      found.defined() && found.ne(0).logical_and(found.ne(1)).any().item<bool>())
    return fmt::format("{} holds another number than 0 and 1", part_name(layer, outliers));
  return fault_of_scale(tensor_of(held, scale), part_name(layer, scale));
}

at::Tensor read_finite(const Checkpoint& checkpoint, std::string_view name) {
  auto values = read_stored(checkpoint, name);
  if (!values.is_floating_point()) return values;
  if (const auto fault = fault_of_floats(values, name); !fault.empty()) refuse(checkpoint, fault);
  return values.to(at::kFloat);
}

bool is_int8(const Layer& layer, const LayerTensor& tensor) {
  return tensor.stored == Dtype::i8 && layer.quantizable() && tensor.name == layer.weight().name;
}

bool is_weight_normed(const Layer& layer, const LayerTensor& tensor) {
  return layer.weight_normed && tensor.name == layer.weight().name;
}

at::Tensor folded_parts(const Checkpoint& checkpoint, const Layer& layer) {
  const auto magnitude = read_finite(checkpoint, layer.name + std::string(kMagnitude));
  const auto direction = read_finite(checkpoint, layer.name + std::string(kDirection));
  return fold_weight_norm(direction.contiguous(), magnitude.contiguous());
}

}  // namespace

at::Tensor read_stored(const Checkpoint& checkpoint, std::string_view canonical_name) {
  return as_tensor(checkpoint.tensor(canonical_name));
}

at::Tensor read_folded(const Checkpoint& checkpoint, const Layer& layer, const LayerTensor& tensor) {
  if (is_int8(layer, tensor)) return values_in(read_stored_int8(checkpoint, layer), at::kFloat);
  if (!is_weight_normed(layer, tensor)) return read_finite(checkpoint, tensor.name);
  auto folded = folded_parts(checkpoint, layer);
  // A direction of zeros has none.
  if (const auto fault = fault_of_floats(folded, tensor.name); !fault.empty()) refuse(checkpoint, fault);
  return folded;
}

at::Tensor read_as(const Checkpoint& checkpoint, const Layer& layer, const LayerTensor& tensor, Dtype dtype) {
  return held_as(read_folded(checkpoint, layer, tensor), checkpoint, layer, tensor, dtype);
}

at::Tensor held_as(const at::Tensor& values, const Checkpoint& checkpoint, const Layer& layer,
                   const LayerTensor& tensor, Dtype dtype) {
  const auto type = torch_type(dtype);
  if (!values.is_floating_point() || values.scalar_type() == type) return values;
  // Rounding keeps the order of numbers, so that the farthest tells of all.
  const auto far = farthest(values);
  if (std::isfinite(at::scalar_tensor(far, at::kFloat).to(type).item<float>())) return values.to(type);
  const bool half = dtype == Dtype::f16;
  throw Error(
      ErrorKind::input,
      fmt::format("{}: tensor {} holds {:.7g}, which {} cannot hold: its largest value is {}",
                  checkpoint.path().string(), tensor.name, far, half ? "fp16" : "bf16",
                  half ? "65504" : "3.39e38"),
      fmt::format("give this layer a wider type (octet plan set PLAN '{}' {}), or the plan a wider base",
                  layer.name, half ? "bf16" : "fp32"));
}

Weight read_stored_int8(const Checkpoint& checkpoint, const Layer& layer) {
  auto weight = unchecked_int8(checkpoint, layer);
  if (const auto fault = fault_of_int8(weight, layer); !fault.empty()) refuse(checkpoint, fault);
  return weight;
}

std::string fault_of(const Checkpoint& checkpoint, const Layer& layer, const LayerTensor& tensor) {
  if (is_int8(layer, tensor)) return fault_of_int8(unchecked_int8(checkpoint, layer), layer);
  if (is_weight_normed(layer, tensor)) {
    for (const auto part : {kMagnitude, kDirection}) {
      const auto name = layer.name + std::string(part);
      if (auto fault = fault_of_floats(read_stored(checkpoint, name), name); !fault.empty()) return fault;
    }
    return fault_of_floats(folded_parts(checkpoint, layer), tensor.name);
  }
  const auto values = read_stored(checkpoint, tensor.name);
  return values.is_floating_point() ? fault_of_floats(values, tensor.name) : "";
}

}  // namespace octet
