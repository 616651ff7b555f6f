#include "ui/document/file_kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "core/audio/sound_folder.h"
#include "core/error.h"
#include "core/study/pairs_file.h"
#include "core/study/risk_file.h"
#include "core/study/sensitivity_file.h"
#include "core/synthesis/tensor_inputs.h"
#include "core/synthesis/token_file.h"

namespace octet::ui {
namespace {

std::string lower(const std::filesystem::path& path) {
  auto text = path.string();
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace

std::optional<FileKind> kind_by_name(const std::filesystem::path& path) {
  const auto extension = lower(path.extension());
  if (extension == ".octet") return FileKind::session;
  if (extension == ".calibration") return FileKind::calibration;
  if (extension == ".json")
    return lower(path.stem().extension()) == ".plan" ? std::optional(FileKind::plan) : std::nullopt;
  if (is_called_a_sound(path)) return FileKind::clip;
  // These can be nothing but tokens, and what is wrong is told later.
  if (extension == ".npy" || extension == ".txt") return FileKind::clip;
  if (extension == ".safetensors" || extension == ".pt") return std::nullopt;
  return FileKind::checkpoint;
}

bool holds_tensors(const std::filesystem::path& path) {
  constexpr std::array kEndings{".safetensors", ".pt", ".npy", ".txt", ".json"};
  return std::ranges::find(kEndings, lower(path.extension())) != kEndings.end();
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
  if (lower(path.extension()) == ".json") {
    if (reads(read_tokens)) return FileKind::clip;
    const auto study = [](const auto& file) {
      return parse_sensitivity(HeldFile::open(file)->text(), file.string());
    };
    if (reads(study)) return FileKind::sensitivity;
    const auto pairs = [](const auto& file) {
      return parse_pairs(HeldFile::open(file)->text(), file.string());
    };
    if (reads(pairs)) return FileKind::pairs;
    const auto risk = [](const auto& file) {
      return parse_risk(HeldFile::open(file)->text(), file.string());
    };
    return reads(risk) ? FileKind::risk : FileKind::plan;
  }
  // Before tokens: a voice holds those of its prompt, too.
  if (reads(read_conditioning)) return FileKind::voice;
  return reads(read_tokens) ? FileKind::clip : FileKind::checkpoint;
}

}  // namespace octet::ui
