#include "ui/document/file_kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
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

template <typename Read>
bool reads(const std::filesystem::path& path, const Read& read) {
  try {
    (void)read(path);
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// Touches no more than the first byte of what is none.
bool is_called_or_begins_as_json(const std::filesystem::path& path) {
  if (path.has_extension()) return lower(path.extension()) == ".json";
  std::byte first{};
  return reads(path,
               [&first](const auto& file) {
                 HeldFile::open(file)->read(0, {&first, 1});
                 return 0;
               }) &&
         (first == std::byte('{') || first == std::byte('['));
}

FileKind kind_of_json(const std::filesystem::path& path) {
  const auto session = [](const auto& file) {
    const auto value = nlohmann::json::parse(HeldFile::open(file)->text(), nullptr, false);
    if (!value.is_object() || value.value("format", nlohmann::json()) != "octet-session")
      throw Error(ErrorKind::input, "no session");
    return 0;
  };
  if (reads(path, session)) return FileKind::session;
  if (reads(path, read_tokens)) return FileKind::clip;
  const auto study = [](const auto& file) {
    return parse_sensitivity(HeldFile::open(file)->text(), file.string());
  };
  if (reads(path, study)) return FileKind::sensitivity;
  const auto pairs = [](const auto& file) {
    return parse_pairs(HeldFile::open(file)->text(), file.string());
  };
  if (reads(path, pairs)) return FileKind::pairs;
  const auto risk = [](const auto& file) { return parse_risk(HeldFile::open(file)->text(), file.string()); };
  return reads(path, risk) ? FileKind::risk : FileKind::plan;
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
  if (extension == ".safetensors" || extension == ".pt" || extension.empty()) return std::nullopt;
  return FileKind::checkpoint;
}

bool holds_tensors(const std::filesystem::path& path) {
  constexpr std::array kEndings{".safetensors", ".pt", ".npy", ".txt", ".json"};
  return std::ranges::find(kEndings, lower(path.extension())) != kEndings.end();
}

FileKind kind_of(const std::filesystem::path& path) {
  if (const auto kind = kind_by_name(path)) return *kind;
  if (is_called_or_begins_as_json(path)) return kind_of_json(path);
  // Before tokens: a voice holds those of its prompt, too.
  if (reads(path, read_conditioning)) return FileKind::voice;
  return reads(path, read_tokens) ? FileKind::clip : FileKind::checkpoint;
}

}  // namespace octet::ui
