#include <algorithm>
#include <memory>
#include <optional>

#include "core/export/layer_tensors.h"
#include "core/quant/methods.h"
#include "core/quant/quantize.h"
#include "core/synthesis/weight_store.h"

namespace octet {
namespace {

/// The weight of a layer. What a calibration takes long to make is kept until its last part is written.
class Made {
 public:
  Made(const PlannedLayer& planned, std::size_t parts) : planned_(planned), parts_left_(parts) {}

  at::Tensor part(StoredPart::Role role) {
    if (!planned_.calibration) return tensor_of(weight_of(planned_), role);
    if (!kept_) kept_ = weight_of(planned_);
    auto tensor = tensor_of(*kept_, role);
    if (--parts_left_ == 0) kept_.reset();
    return tensor;
  }

 private:
  PlannedLayer planned_;
  std::size_t parts_left_;
  std::optional<Weight> kept_;
};

}  // namespace

Weight weight_of(const PlannedLayer& planned) {
  const auto& [checkpoint, layer, recipe, calibration, stop] = planned;
  return weight_of(*checkpoint, layer, recipe, calibration.get(), stop);
}

at::Tensor tensor_beside_weight(const PlannedLayer& planned, const LayerTensor& tensor, Dtype dtype) {
  const auto& [checkpoint, layer, recipe, calibration, stop] = planned;
  return tensor_beside([&] { return weight_of(planned); }, *checkpoint, layer, tensor, dtype, recipe,
                       calibration.get());
}

bool is_plain_int8(const PlannedLayer& planned) {
  const auto& recipe = planned.recipe;
  return recipe.storage == Precision::int8 && !rounds_inputs(recipe) && !layout_of(recipe).in_groups();
}

std::vector<TensorSource> octet_tensors(const PlannedLayer& planned) {
  const auto parts = parts_of(planned.layer, planned.recipe);
  const auto of_weight =
      std::ranges::count_if(parts, [](const auto& part) { return part.role != StoredPart::Role::other; });
  const auto weight = std::make_shared<Made>(planned, static_cast<std::size_t>(of_weight));
  std::vector<TensorSource> tensors;
  tensors.reserve(parts.size());
  for (const auto& part : parts)
    tensors.push_back(tensor_source(part.name, part.dtype, part.shape, [planned, part, weight] {
      return part.role == StoredPart::Role::other ? tensor_beside_weight(planned, *part.of, part.dtype)
                                                  : weight->part(part.role);
    }));
  return tensors;
}

}  // namespace octet
