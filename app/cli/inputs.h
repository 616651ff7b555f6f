#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/cli/console.h"
#include "core/checkpoint/checkpoint.h"
#include "core/plan/plan.h"
#include "core/synthesis/engine.h"

namespace octet::cli {

/// Opens what the user named: a path, or the bare name of a file in the Hugging Face cache
/// ("s3gen.safetensors"). Warns of tensors that are not used.
std::shared_ptr<const Checkpoint> open_checkpoint(const std::string& named, const Globals& globals);

/// The warnings that opening it gave, as --json has them.
std::vector<std::string> warnings_of(const Checkpoint& checkpoint);

/// A plan file, or the name of a preset.
PrecisionPlan open_plan(const std::string& named);

/// The engine on the device the global options ask for.
Engine start_engine(const std::shared_ptr<const Checkpoint>& checkpoint, const Globals& globals);

/// Writes text atomically; "-" is stdout.
void write_text(const std::filesystem::path& path, const std::string& text);

/// Makes `folder` and its parents. Throws Error(output).
void make_folder(const std::filesystem::path& folder);

/// 1234567 -> "1.2 MB" (10^6 bytes)
std::string megabytes(std::uint64_t bytes);

}  // namespace octet::cli
