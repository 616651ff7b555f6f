#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace octet {

/// What a clip is an example of.
inline constexpr std::array<std::string_view, 5> kClipTags{"quiet", "fast", "emotional", "whispered", "long"};

/// A clip and what is known of it; texts that are empty are not known.
struct SetClip {
  std::string file;               ///< of the set's folder: a sound, or the folder of a captured utterance
  std::string sha256;             ///< hash_of_clip()
  double seconds = 0;             ///< over 0
  std::string speaker;            ///< the same for clips of one person
  std::string language;           ///< such as "en"
  std::string text;               ///< what is said
  std::string licence;            ///< such as "MIT"
  std::string made_from;          ///< of a variant, the clip it was made from
  std::vector<std::string> tags;  ///< of kClipTags, in their order

  bool operator==(const SetClip&) const = default;
};

/// Clips that plans are judged by, as set.json in their folder has them (docs/formats.md, "Reference sets").
struct ReferenceSet {
  std::string name;
  std::vector<SetClip> clips;  ///< one at least, of different files

  bool operator==(const ReferenceSet&) const = default;
};

/// Where the set of a folder is written down.
std::filesystem::path set_file(const std::filesystem::path& folder);
/// Whether a folder is a set.
bool is_reference_set(const std::filesystem::path& folder);

/// Throws Error(input) with origin, line, and the field that is wrong.
ReferenceSet parse_set(std::string_view text, std::string_view origin);
/// A line for each clip. Throws Error(input) for texts that are not UTF-8.
std::string format_set(const ReferenceSet& set);
/// Throws Error(input).
ReferenceSet read_set(const std::filesystem::path& folder);

/// SHA-256 of a sound file; of a captured utterance, of what sha256sum prints for its files, sorted by name.
/// Throws Error(input) naming the file that cannot be read.
std::string hash_of_clip(const std::filesystem::path& path);
/// Throws Error(input) where a clip of the set is not there, or not the one that was described.
void check_clip(const std::filesystem::path& folder, const SetClip& clip);

}  // namespace octet
