#include "core/audio/unread_format.h"

#include <algorithm>
#include <cctype>

namespace octet {
namespace {

using namespace std::string_view_literals;

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

std::string_view without_leading_blanks(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == text.npos ? std::string_view() : text.substr(first);
}

/// ADTS: twelve set bits, then a layer of 0, where MPEG's layers I to III have another.
bool is_adts(std::string_view head) {
  return head.size() >= 2 && head[0] == '\xFF' && (static_cast<unsigned char>(head[1]) & 0xF6) == 0xF0;
}

bool is_text(std::string_view head) {
  return std::ranges::all_of(head,
                             [](unsigned char c) { return c >= ' ' || c == '\t' || c == '\r' || c == '\n'; });
}

UnreadFormat sound_in(const char* what) { return {what, true}; }
UnreadFormat no_sound(const char* what, const char* way_out = "") { return {what, false, way_out}; }

}  // namespace

std::optional<UnreadFormat> recognise_unread(std::string_view head) {
  head = head.substr(0, 256);
  if (head.size() >= 12 && head.substr(4, 4) == "ftyp") {
    const bool sound_only = head.substr(8, 3) == "M4A" || head.substr(8, 3) == "M4B";
    return sound_in(sound_only ? "is MPEG-4 sound (AAC or ALAC)" : "is an MPEG-4 or QuickTime file");
  }
  if (head.starts_with("\x1A\x45\xDF\xA3")) return sound_in("is a WebM or Matroska file");
  if (is_adts(head) || head.starts_with("ADIF")) return sound_in("is AAC sound");
  if (head.starts_with("\x30\x26\xB2\x75\x8E\x66\xCF\x11")) return sound_in("is Windows Media");
  if (head.starts_with("#!AMR")) return sound_in("is AMR sound");

  if (head.starts_with("\x00\x05\x16\x07"sv) || head.starts_with("\x00\x05\x16\x00"sv))
    return no_sound("holds what macOS notes about another file, and no sound");
  if (head.starts_with("version https://git-lfs"))
    return no_sound("is a Git LFS pointer, not the file itself", "git lfs pull fetches it");
  if (head.starts_with("PK\x03\x04") || head.starts_with("\x1F\x8B") || head.starts_with("7z\xBC\xAF") ||
      head.starts_with("Rar!"))
    return no_sound("is an archive", "unpack it first");
  if (head.size() >= 64 && std::ranges::all_of(head, [](char c) { return c == 0; }))
    return no_sound("begins with zeros only: it was never written, or holds samples without a header");
  const auto text = lower_case(without_leading_blanks(head).substr(0, 16));
  for (const auto* tag : {"<!doctype", "<html", "<head", "<?xml", "<!--"})
    if (text.starts_with(tag))
      return no_sound("is a web page, not a sound", "the download gave a page: get the file itself");
  if (!text.empty() && is_text(head)) return no_sound("is text, not a sound");
  return {};
}

}  // namespace octet
