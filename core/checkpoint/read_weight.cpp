#include "core/checkpoint/read_weight.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/checkpoint/as_tensor.h"
#include "core/checkpoint/schema.h"
#include "core/error.h"

namespace octet {
namespace {

void check_finite(const Checkpoint& checkpoint, const at::Tensor& values, std::string_view name) {
  if (at::isfinite(values).all().item<bool>()) return;
  throw Error(ErrorKind::input,
              fmt::format("{}: tensor {} holds NaN or infinity", checkpoint.path().string(), name),
              "the checkpoint is damaged, or its training diverged");
}

at::Tensor read_finite(const Checkpoint& checkpoint, std::string_view name) {
  auto values = read_stored(checkpoint, name);
  if (!values.is_floating_point()) return values;
  values = values.to(at::kFloat);
  check_finite(checkpoint, values, name);
  return values;
}

}  // namespace

at::Tensor read_stored(const Checkpoint& checkpoint, std::string_view canonical_name) {
  return as_tensor(checkpoint.tensor(canonical_name));
}

at::Tensor read_folded(const Checkpoint& checkpoint, const Layer& layer, const LayerTensor& tensor) {
  if (!layer.quantizable() || tensor.name != layer.weight().name) return read_finite(checkpoint, tensor.name);
  if (layer.weight_normed) {
    const auto magnitude = read_finite(checkpoint, layer.name + std::string(kMagnitude));
    const auto direction = read_finite(checkpoint, layer.name + std::string(kDirection));
    auto folded = at::_weight_norm(direction, magnitude, /*dim=*/0);
    check_finite(checkpoint, folded, tensor.name);  // a direction of zeros has none
    return folded;
  }
  if (layer.stored == Precision::int8)
    return read_stored(checkpoint, tensor.name).to(at::kFloat) *
           read_finite(checkpoint, layer.name + std::string(kScale));
  return read_finite(checkpoint, tensor.name);
}

}  // namespace octet
