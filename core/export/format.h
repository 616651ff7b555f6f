#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/safetensors_writer.h"
#include "core/plan/plan.h"
#include "core/tensor/recipe.h"

namespace octet {

/// Who reads an export (docs/formats.md, "Export").
enum class ExportFormat {
  octet,  ///< Octet and octet_s3gen
  stock,  ///< upstream's unmodified load_state_dict: fp32 under upstream's names, rounded as the plan says
  comfy,  ///< loaders in ComfyUI's manner: `octet`, and a comfy_quant entry beside each int8 weight
  compressed_tensors,  ///< the library of that name: `octet`, and its quantization_config in the metadata
};

std::string_view to_string(ExportFormat format);  // "octet", "stock", "comfy", "compressed-tensors"
std::optional<ExportFormat> export_format_from(std::string_view name);
const std::vector<std::string>& export_format_names();

/// A layer of a checkpoint as it is to be stored. `layer` is the checkpoint's.
struct PlannedLayer {
  std::shared_ptr<const Checkpoint> checkpoint;
  const Layer& layer;
  Recipe recipe;
  std::shared_ptr<const Calibration> calibration = {};  ///< that the recipe names, if any
  std::stop_token stop = {};  ///< ends the making of its weight, by Error(cancelled)
};

/// What a file of that format has of the layer. Throws Error(usage) naming the layer where the format cannot
/// hold it.
std::vector<TensorSource> tensors_of(ExportFormat format, const PlannedLayer& planned);

/// Where an export comes from, as it says itself.
struct ExportOrigin {
  ExportFormat format = ExportFormat::octet;
  PrecisionPlan plan;
  std::vector<std::string> components;
  std::string source_sha256;
};

/// Throws Error(input) when the file is no export.
ExportOrigin origin_of(const Checkpoint& exported);

}  // namespace octet
