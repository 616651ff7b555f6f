#include "core/checkpoint/hugging_face_cache.h"

#include <algorithm>
#include <cstdlib>

namespace octet {
namespace fs = std::filesystem;
namespace {

fs::path cache_folder() {
  if (const char* cache = std::getenv("HF_HUB_CACHE")) return cache;
  if (const char* home = std::getenv("HF_HOME")) return fs::path(home) / "hub";
  if (const char* home = std::getenv("HOME")) return fs::path(home) / ".cache" / "huggingface" / "hub";
  return {};
}

}  // namespace

std::vector<fs::path> find_in_hugging_face_cache(const std::string& file_name) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& model : fs::directory_iterator(cache_folder(), ignored))
    for (const auto& snapshot : fs::directory_iterator(model.path() / "snapshots", ignored))
      if (const auto file = snapshot.path() / file_name; fs::is_regular_file(file, ignored))
        found.push_back(file);
  std::ranges::sort(found, std::greater(), [](const fs::path& file) {
    std::error_code failure;
    return fs::last_write_time(file, failure);
  });
  return found;
}

}  // namespace octet
