#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/checkpoint/checkpoint.h"
#include "core/study/sensitivity.h"

namespace octet {

/// "format": "octet-sensitivity", "version": 1 (docs/formats.md), with a line for each layer. Keys in a fixed
/// order; what is not defined is null.
std::string to_json(const Sensitivity& study);

/// Of a text by another hand only layers with their damage have to be there; what a layer is stored as is
/// int8, and the base fp32, where it does not say. Throws Error(input) where it is no such text, or an option
/// is unknown; `origin` names it.
Sensitivity parse_sensitivity(std::string_view json, std::string_view origin);

/// The study in a file, of this checkpoint: its shards, and what it has not measured yet, are the caller's to
/// tell. Throws as parse_sensitivity, as HeldFile::open, and Error(usage) where it is of another checkpoint.
Sensitivity read_sensitivity(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// `begun` with the layers that such a text has. Throws Error(usage) where it is of another subject, naming
/// what differs, and Error(input) as above.
Sensitivity resumed(Sensitivity begun, std::string_view json, std::string_view origin);

/// Throws Error(usage) naming what differs between the two subjects, shards apart; `origin` names the second.
void require_same_subject(const Sensitivity& one, const Sensitivity& other, std::string_view origin);

/// The layers that cost most, by kind of damage, as aligned text, and clips that were skipped.
std::string to_table(const Sensitivity& study);

}  // namespace octet
