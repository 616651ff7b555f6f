#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace octet {

/// Files of this name in the snapshots of the local Hugging Face cache ($HF_HUB_CACHE, $HF_HOME/hub or
/// ~/.cache/huggingface/hub), newest first. Nothing is downloaded.
std::vector<std::filesystem::path> find_in_hugging_face_cache(const std::string& file_name);

}  // namespace octet
