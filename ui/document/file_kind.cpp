#include "ui/document/file_kind.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "core/audio/sound_folder.h"
#include "core/error.h"
#include "core/synthesis/tensor_inputs.h"
#include "core/synthesis/token_file.h"

namespace octet::ui {

std::optional<FileKind> kind_by_name(const std::filesystem::path& path) {
  auto extension = path.extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
  if (extension == ".octet") return FileKind::session;
  if (extension == ".json") return FileKind::plan;
  if (is_called_a_sound(path)) return FileKind::clip;
  // These can be nothing but tokens, and what is wrong is told later.
  if (extension == ".npy" || extension == ".txt") return FileKind::clip;
  if (extension == ".safetensors" || extension == ".pt") return std::nullopt;
  return FileKind::checkpoint;
}

FileKind kind_of(const std::filesystem::path& path) {
  if (const auto kind = kind_by_name(path)) return *kind;
  const auto reads = [&path](const auto& read) {
    try {
      (void)read(path);
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  // Before tokens: a voice holds those of its prompt, too.
  if (reads(read_conditioning)) return FileKind::voice;
  return reads(read_tokens) ? FileKind::clip : FileKind::checkpoint;
}

}  // namespace octet::ui
