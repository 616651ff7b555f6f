#include <ATen/ATen.h>
#include <fmt/format.h>

#include "core/checkpoint/schema.h"
#include "core/export/layer_tensors.h"

namespace octet {
namespace {

/// What ComfyUI's mixed-precision operations read beside a weight (comfy/ops.py, QUANT_ALGOS in
/// comfy/quant_ops.py): int8, and a scale for the tensor or for each of its rows.
constexpr std::string_view kEntry = R"({"format": "int8_tensorwise"})";

at::Tensor entry() {
  return at::from_blob(const_cast<char*>(kEntry.data()), {static_cast<std::int64_t>(kEntry.size())},
                       at::kByte);
}

}  // namespace

std::vector<TensorSource> comfy_tensors(const PlannedLayer& planned) {
  auto tensors = octet_tensors(planned);
  const auto& [checkpoint, layer, recipe, calibration, stop] = planned;
  if (recipe.storage != Precision::int8) return tensors;
  if (layer.type != LayerType::linear && layer.type != LayerType::embedding)
    throw Error(ErrorKind::usage,
                fmt::format("comfy holds int8 in Linear and Embedding layers only; {} is a {}", layer.name,
                            to_string(layer.type)),
                "use a plan that keeps convolutions floating, such as linear-only, or --format octet");
  if (!is_plain_int8(planned))
    throw Error(ErrorKind::usage,
                fmt::format("comfy holds weight-only int8 with a scale a row; {} is {}", layer.name,
                            to_string(recipe)),
                "leave \"method\", \"group\" and \"asymmetric\" out, or use --format octet");
  tensors.push_back(tensor_source(layer.name + std::string(kComfyEntry), Dtype::u8,
                                  {static_cast<std::int64_t>(kEntry.size())}, entry));
  return tensors;
}

}  // namespace octet
