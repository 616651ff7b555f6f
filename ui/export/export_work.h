#pragma once

#include <QString>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/export/format.h"
#include "core/plan/plan.h"
#include "core/progress.h"

namespace octet::ui {

/// An export a person asked for.
struct ExportRequest {
  std::shared_ptr<const Checkpoint> checkpoint;
  ResolvedPlan resolved;
  std::vector<std::string> components;
  std::filesystem::path path;
  std::vector<std::filesystem::path> inputs = {};  ///< that must not be replaced, beside the checkpoint
  ExportFormat format = ExportFormat::octet;
  std::filesystem::path card = {};  ///< where its model card goes; empty: it gets none
  std::string report = {};          ///< what was measured (to_json of a Report); empty: nothing
  std::string validation = {};      ///< of the plan under its calibration (to_json of a Validation)
};

/// What was written.
struct WrittenExport {
  std::uint64_t bytes = 0;
  std::string python;          ///< lines that load it
  std::filesystem::path card;  ///< empty where it got none
};

/// What is at a place where a file is to go.
struct ExportPlace {
  QString name;  ///< that was asked about
  bool is_folder = false;
  std::optional<std::uint64_t> replaced;  ///< bytes of the file that is there
  std::optional<std::uint64_t> free;      ///< bytes on the disk, where they can be told
};

/// May take long where the place is on a network: for a lane, not for the window's thread.
ExportPlace look_at(const QString& name);

/// Writes it, and its card, which has what was measured and validated where that was of this plan. A place
/// that cannot be written is told before the source is read. Progress is in MB, so that time left can be
/// told. Throws Error(usage) for a place that is an input, and for a card's where a person wrote something.
WrittenExport write_requested(const ExportRequest& request, const JobControl& control);

/// "s3gen_demo-seed.safetensors", with "-synthesis" where flow and vocoder are all that goes in.
QString export_name(const ExportRequest& request);

/// Beside the export at `path`: "s3gen_demo-seed.md".
std::filesystem::path card_beside(const std::filesystem::path& path);

}  // namespace octet::ui
