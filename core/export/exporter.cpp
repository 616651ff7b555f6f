#include "core/export/exporter.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/checkpoint/read_weight.h"
#include "core/quant/quantize.h"
#include "core/quant/schemes.h"
#include "core/synthesis/weight_store.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

void hand_over(const at::Tensor& tensor, const ByteSink& sink) {
  const auto dense = tensor.contiguous();
  sink({static_cast<const std::byte*>(dense.const_data_ptr()), dense.nbytes()});
}

/// What a file has as this part of the layer.
at::Tensor made(const Checkpoint& checkpoint, const Layer& layer, const Recipe& recipe,
                const StoredPart& part) {
  if (part.role == StoredPart::Role::other) return read_as(checkpoint, layer, *part.of, part.dtype);
  return tensor_of(weight_of(checkpoint, layer, recipe), part.role);
}

/// All but the hash.
Export prepare(const std::shared_ptr<const Checkpoint>& checkpoint, const ResolvedPlan& resolved,
               const std::vector<std::string>& components) {
  const auto& chosen = components.empty() ? checkpoint->components() : components;
  for (const auto& component : chosen)
    if (std::ranges::find(checkpoint->components(), component) == checkpoint->components().end())
      throw Error(ErrorKind::input,
                  fmt::format("{} has no component {}", checkpoint->path().string(), component),
                  fmt::format("it has {}", fmt::join(checkpoint->components(), ", ")));

  Export prepared;
  Schemes schemes;
  const auto& layers = checkpoint->layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& layer = layers[i];
    if (std::ranges::find(chosen, layer.component) == chosen.end()) continue;
    const auto& recipe = resolved.layers[i].effective;
    for (auto& part : parts_of(layer, recipe))
      prepared.tensors.push_back(
          {part.name, part.dtype, part.shape, [checkpoint, &layer, recipe, part](const ByteSink& sink) {
             hand_over(made(*checkpoint, layer, recipe, part), sink);
           }});
    if (recipe.storage == Precision::int8) schemes.emplace(layer.name, recipe);
  }

  std::vector<std::string> in_order;
  std::ranges::copy_if(checkpoint->components(), std::back_inserter(in_order), [&](const auto& component) {
    return std::ranges::find(chosen, component) != chosen.end();
  });
  prepared.metadata = {{"format", "pt"},
                       {"octet_format", "2"},
                       {"octet_layers", format_schemes(schemes)},
                       {"octet_plan", compact_plan(resolved.plan)},
                       {"octet_components", fmt::format("{}", fmt::join(in_order, ","))},
                       {"octet_variant", std::string(to_string(checkpoint->variant()))}};
  if (const auto config = checkpoint->metadata().find("s3gen_config"); config != checkpoint->metadata().end())
    prepared.metadata.insert(*config);
  return prepared;
}

}  // namespace

Export prepare_export(const std::shared_ptr<const Checkpoint>& checkpoint, const ResolvedPlan& resolved,
                      const std::vector<std::string>& components) {
  auto prepared = prepare(checkpoint, resolved, components);
  prepared.metadata["octet_source_sha256"] = checkpoint->source_sha256();
  return prepared;
}

std::uint64_t predicted_export_bytes(const Export& prepared) {
  return predicted_size(prepared.tensors, prepared.metadata);
}

std::uint64_t predicted_export_bytes(const std::shared_ptr<const Checkpoint>& checkpoint,
                                     const ResolvedPlan& resolved,
                                     const std::vector<std::string>& components) {
  constexpr std::size_t kHexDigits = 64;
  auto prepared = prepare(checkpoint, resolved, components);
  prepared.metadata["octet_source_sha256"] = std::string(kHexDigits, '0');
  return predicted_export_bytes(prepared);
}

void write_export(const Export& prepared, const std::filesystem::path& path, const JobControl& control) {
  translating_torch_errors([&] { write_safetensors(path, prepared.tensors, prepared.metadata, control); });
}

}  // namespace octet
