#include "core/checkpoint/hugging_face_cache.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace octet {
namespace fs = std::filesystem;
namespace {

/// Empty when the variable is not set, or is empty.
fs::path folder_in(const char* variable) {
  const char* value = std::getenv(variable);
  const std::string_view text = value ? value : "";
  const char* home = std::getenv("HOME");
  if (home && (text == "~" || text.starts_with("~/"))) return std::string(home).append(text.substr(1));
  return text;
}

}  // namespace

fs::path hugging_face_cache() {
  for (const auto* variable : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"})
    if (const auto cache = folder_in(variable); !cache.empty()) return cache;
  if (const auto home = folder_in("HF_HOME"); !home.empty()) return home / "hub";
  if (const auto caches = folder_in("XDG_CACHE_HOME"); !caches.empty()) return caches / "huggingface" / "hub";
  if (const auto home = folder_in("HOME"); !home.empty()) return home / ".cache" / "huggingface" / "hub";
  return {};
}

std::vector<fs::path> find_in_hugging_face_cache(const std::string& file_name) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& model : fs::directory_iterator(hugging_face_cache(), ignored))
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
