#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/safetensors_writer.h"
#include "core/export/format.h"
#include "core/plan/plan.h"
#include "core/progress.h"

namespace octet {

/// A checkpoint whose weights are already in the precision a plan gives them (docs/formats.md, "Export").
struct Export {
  std::vector<TensorSource> tensors;
  std::map<std::string, std::string> metadata;
};

/// What an export of `components` (all of the checkpoint's when empty) under `resolved` holds. No weight is
/// read until a tensor is produced, but the file is hashed once for its metadata. Throws Error(input) when
/// the checkpoint lacks a component, Error(usage) when the format cannot hold a layer. `stop` ends what a
/// tensor is made by, which calibrated methods take long for, with Error(cancelled).
Export prepare_export(const std::shared_ptr<const Checkpoint>& checkpoint, const ResolvedPlan& resolved,
                      const std::vector<std::string>& components, ExportFormat format = ExportFormat::octet,
                      const std::stop_token& stop = {});

/// What one component takes in an export, without the file's header.
struct ComponentBytes {
  std::string component;
  std::uint64_t bytes = 0;
};

/// In the order of the layer table.
std::vector<ComponentBytes> bytes_of_components(const Export& prepared);

/// Size of the file an export will be, to the byte.
std::uint64_t predicted_export_bytes(const Export& prepared);
/// The same before anything is prepared: without hashing the file, so at once.
std::uint64_t predicted_export_bytes(const std::shared_ptr<const Checkpoint>& checkpoint,
                                     const ResolvedPlan& resolved, const std::vector<std::string>& components,
                                     ExportFormat format = ExportFormat::octet);

/// Writes it, atomically. The same plan of the same source gives the same bytes.
void write_export(const Export& prepared, const std::filesystem::path& path, const JobControl& control);

}  // namespace octet
