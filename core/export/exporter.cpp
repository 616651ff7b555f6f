#include "core/export/exporter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/export/compressed_tensors.h"
#include "core/export/licence.h"
#include "core/quant/methods.h"
#include "core/quant/schemes.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

using Metadata = std::map<std::string, std::string>;

std::vector<std::string> chosen_components(const Checkpoint& checkpoint,
                                           const std::vector<std::string>& components) {
  for (const auto& component : components)
    if (std::ranges::find(checkpoint.components(), component) == checkpoint.components().end())
      throw Error(ErrorKind::input,
                  fmt::format("{} has no component {}", checkpoint.path().string(), component),
                  fmt::format("it has {}", fmt::join(checkpoint.components(), ", ")));
  std::vector<std::string> in_order;
  std::ranges::copy_if(checkpoint.components(), std::back_inserter(in_order), [&](const auto& component) {
    return components.empty() || std::ranges::find(components, component) != components.end();
  });
  return in_order;
}

Metadata metadata_of(ExportFormat format, const Checkpoint& checkpoint, const ResolvedPlan& resolved,
                     const std::vector<std::string>& components, const std::string& source_sha256) {
  Metadata metadata{{"format", "pt"}};
  if (const auto config = checkpoint.metadata().find("s3gen_config"); config != checkpoint.metadata().end())
    metadata.insert(*config);
  if (const auto licence = licence_of(checkpoint.metadata()); !licence.empty()) metadata["license"] = licence;
  const auto held = fmt::format("{}", fmt::join(components, ","));
  if (format == ExportFormat::stock) {
    metadata["octet_stock"] = nlohmann::json{
        {"components", held},
        {"plan", nlohmann::json::parse(compact_plan(resolved.plan))},
        {"source_sha256", source_sha256},
        {"version", 1}}.dump();
    return metadata;
  }
  Schemes schemes;
  for (std::size_t i = 0; i < checkpoint.layers().size(); ++i) {
    const auto& layer = checkpoint.layers()[i];
    const auto& recipe = resolved.layers[i].effective;
    if (recipe.storage == Precision::int8 &&
        std::ranges::find(components, layer.component) != components.end())
      schemes.emplace(layer.name, recipe);
  }
  metadata.merge(Metadata{{"octet_format", "2"},
                          {"octet_layers", format_schemes(schemes)},
                          {"octet_plan", compact_plan(resolved.plan)},
                          {"octet_components", held},
                          {"octet_variant", std::string(to_string(checkpoint.variant()))},
                          {"octet_source_sha256", source_sha256}});
  if (format != ExportFormat::octet) metadata["octet_for"] = to_string(format);
  if (format == ExportFormat::compressed_tensors)
    metadata["quantization_config"] = quantization_config(schemes);
  return metadata;
}

/// `source_sha256()` is asked for last: a plan that the format cannot hold is refused before a file is
/// hashed.
template <typename Hash>
Export prepare(const std::shared_ptr<const Checkpoint>& checkpoint, const ResolvedPlan& resolved,
               const std::vector<std::string>& components, ExportFormat format, const Hash& source_sha256,
               const std::stop_token& stop = {}) {
  const auto chosen = chosen_components(*checkpoint, components);
  Export prepared;
  const auto& layers = checkpoint->layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (std::ranges::find(chosen, layers[i].component) == chosen.end()) continue;
    const auto& recipe = resolved.layers[i].effective;
    for (auto& tensor :
         tensors_of(format, {checkpoint, layers[i], recipe,
                             needs_calibration(recipe) ? resolved.calibration : nullptr, stop}))
      prepared.tensors.push_back(std::move(tensor));
  }
  prepared.metadata = metadata_of(format, *checkpoint, resolved, chosen, source_sha256());
  return prepared;
}

}  // namespace

Export prepare_export(const std::shared_ptr<const Checkpoint>& checkpoint, const ResolvedPlan& resolved,
                      const std::vector<std::string>& components, ExportFormat format,
                      const std::stop_token& stop) {
  return prepare(
      checkpoint, resolved, components, format, [&] { return checkpoint->source_sha256(); }, stop);
}

std::vector<ComponentBytes> bytes_of_components(const Export& prepared) {
  std::vector<ComponentBytes> all;
  for (const auto& tensor : prepared.tensors) {
    const auto component = tensor.name.substr(0, tensor.name.find('.'));
    if (all.empty() || all.back().component != component) all.push_back({component, 0});
    all.back().bytes += static_cast<std::uint64_t>(element_count(tensor.shape)) * size_of(tensor.dtype);
  }
  return all;
}

std::uint64_t predicted_export_bytes(const Export& prepared) {
  return predicted_size(prepared.tensors, prepared.metadata);
}

std::uint64_t predicted_export_bytes(const std::shared_ptr<const Checkpoint>& checkpoint,
                                     const ResolvedPlan& resolved, const std::vector<std::string>& components,
                                     ExportFormat format) {
  constexpr std::size_t kHexDigits = 64;
  return predicted_export_bytes(
      prepare(checkpoint, resolved, components, format, [] { return std::string(kHexDigits, '0'); }));
}

void write_export(const Export& prepared, const std::filesystem::path& path, const JobControl& control) {
  translating_torch_errors([&] { write_safetensors(path, prepared.tensors, prepared.metadata, control); });
}

}  // namespace octet
