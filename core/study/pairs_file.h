#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/checkpoint/checkpoint.h"
#include "core/study/layer_pairs.h"

namespace octet {

/// "format": "octet-pairs", "version": 1 (docs/formats.md), with a line for each layer and pair. Keys in a
/// fixed order; what is not defined is null.
std::string to_json(const LayerPairs& study);

/// Throws Error(input) where it is no such text; `origin` names it.
LayerPairs parse_pairs(std::string_view json, std::string_view origin);

/// The study in a file, of this checkpoint. Throws as parse_pairs, as HeldFile::open, and Error(usage) where
/// it is of another checkpoint.
LayerPairs read_pairs(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// `begun` with the layers and pairs that such a text has. Throws Error(usage) where it is of another
/// subject, naming what differs, and Error(input) as above.
LayerPairs resumed(LayerPairs begun, std::string_view json, std::string_view origin);

/// The pairs, those that interact most first, with how far from independence those of each kind are, as
/// aligned text.
std::string to_table(const LayerPairs& study);

}  // namespace octet
