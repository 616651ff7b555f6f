#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace octet {

/// What a file is that holds no sound Octet reads, for messages.
struct UnreadFormat {
  std::string what;          ///< such as "is MPEG-4 sound (AAC or ALAC)"
  bool holds_sound = false;  ///< ffmpeg can take the sound out of it
  std::string way_out = {};  ///< where there is another one
};

/// Recognises, by their first bytes (256 are enough): MPEG-4, AAC, Matroska and WebM, Windows Media, AMR; web
/// pages, other text, Git LFS pointers, AppleDouble files (macOS writes them as ._NAME), archives, and files
/// that were given their length but never written.
std::optional<UnreadFormat> recognise_unread(std::string_view head);

}  // namespace octet
