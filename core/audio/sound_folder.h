#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace octet {

/// Whether a file's name says that it is sound: it ends as sounds do, in letters of either case, also in
/// formats that Octet does not read (reading them says why not). ._NAME, which macOS leaves on other file
/// systems, is none.
bool is_called_a_sound(const std::filesystem::path& path);

/// The sounds of a folder, and what else lies in it.
struct SoundFolder {
  std::vector<std::filesystem::path> sounds;  ///< by name
  std::vector<std::string> passed_over;       ///< names of all other entries, sorted, folders with a slash
};

/// Looks at names only, and not into folders. Throws Error(input) when the folder cannot be read.
SoundFolder list_sounds(const std::filesystem::path& folder);

}  // namespace octet
