#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace octet {

/// The local Hugging Face cache, as the huggingface_hub library finds it: $HF_HUB_CACHE,
/// $HUGGINGFACE_HUB_CACHE, $HF_HOME/hub, $XDG_CACHE_HOME/huggingface/hub or ~/.cache/huggingface/hub. A `~`
/// at the beginning of a value is the home folder. Whether it exists is another question; empty when there is
/// no home folder either.
std::filesystem::path hugging_face_cache();

/// Files of this name in the snapshots of the cache, newest first. Nothing is downloaded.
std::vector<std::filesystem::path> find_in_hugging_face_cache(const std::string& file_name);

}  // namespace octet
