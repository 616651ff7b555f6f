#include "core/sets/reference_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "core/checkpoint/sha256.h"
#include "core/error.h"
#include "core/held_file.h"
#include "core/synthesis/captured.h"

namespace octet {
namespace {

namespace fs = std::filesystem;
std::string hash_of_file(const fs::path& path) {
  const auto file = HeldFile::open(path);
  Sha256 hash;
  std::vector<std::byte> piece(std::size_t{1} << 20);
  for (std::uint64_t at = 0; at < file->size(); at += piece.size()) {
    const auto part = std::span(piece).first(std::min<std::uint64_t>(piece.size(), file->size() - at));
    file->read(at, part);
    hash.update(part);
  }
  return hash.hex();
}

}  // namespace

fs::path set_file(const fs::path& folder) { return folder / "set.json"; }

bool is_reference_set(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(set_file(folder), ignored);
}

ReferenceSet read_set(const fs::path& folder) {
  const auto file = set_file(folder);
  return parse_set(HeldFile::open(file)->text(), file.string());
}

std::string hash_of_clip(const fs::path& path) {
  if (!is_captured_utterance(path)) return hash_of_file(path);
  auto files = files_of_captured(path);
  std::ranges::sort(files);
  Sha256 hash;
  for (const auto& file : files) {
    const auto line = hash_of_file(file) + "  " + file.filename().string() + "\n";
    hash.update(std::as_bytes(std::span(line)));
  }
  return hash.hex();
}

void check_clip(const fs::path& folder, const SetClip& clip) {
  if (hash_of_clip(folder / clip.file) != clip.sha256)
    throw Error(ErrorKind::input,
                fmt::format("{} is not what {} describes: its SHA-256 is another",
                            (folder / clip.file).string(), set_file(folder).string()),
                "bring the file back, or make the set anew");
}

}  // namespace octet
