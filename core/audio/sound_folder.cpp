#include "core/audio/sound_folder.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "core/error.h"

namespace octet {

bool is_called_a_sound(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 29> kEndings{
      ".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".mp2", ".aif",
      ".aiff", ".aifc", ".caf", ".au", ".snd", ".sph", ".voc",
      // not read
      ".m4a", ".m4b", ".mp4", ".aac", ".wma", ".amr", ".webm", ".mka", ".mkv", ".mov"};
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return !path.filename().string().starts_with("._") && std::ranges::find(kEndings, ending) != kEndings.end();
}

SoundFolder list_sounds(const std::filesystem::path& folder) {
  SoundFolder found;
  std::error_code failure, ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failure)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory(ignored))
      found.passed_over.push_back(name + "/");
    else if (is_called_a_sound(entry.path()))
      found.sounds.push_back(entry.path());
    else
      found.passed_over.push_back(name);
  }
  if (failure)
    throw Error(ErrorKind::input, "cannot read the folder " + folder.string() + ": " + failure.message());
  std::ranges::sort(found.sounds);
  std::ranges::sort(found.passed_over);
  return found;
}

}  // namespace octet
