#include "app/cli/inputs.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "core/atomic_file.h"
#include "core/checkpoint/hugging_face_cache.h"
#include "core/checkpoint/unused_tensors.h"
#include "core/error.h"

namespace octet::cli {
namespace {

/// A name that cannot be looked at is none; opening it then says why.
bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace

std::shared_ptr<const Checkpoint> open_checkpoint(const std::string& named, const Globals& globals) {
  std::filesystem::path path(named);
  if (!is_there(path) && !path.has_parent_path()) {
    if (const auto cached = find_in_hugging_face_cache(named); !cached.empty()) {
      path = cached.front();
      note(globals, "using " + path.string());
    }
  }
  auto checkpoint = Checkpoint::open(path);
  for (const auto& warning : warnings_of(*checkpoint)) warn(path.string() + ": " + warning);
  return checkpoint;
}

std::vector<std::string> warnings_of(const Checkpoint& checkpoint) {
  return unused_warnings(checkpoint.unexpected());
}

PrecisionPlan open_plan(const std::string& named) {
  const auto& presets = preset_names();
  if (!is_there(named) && std::ranges::find(presets, named) != presets.end())
    return preset(named, Precision::bf16, /*include_tokenizer=*/false);
  std::ifstream file(named);
  if (!file) throw Error(ErrorKind::input, "cannot read the plan " + named, "octet plan new writes one");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return parse_plan(text, named);
}

Engine start_engine(const std::shared_ptr<const Checkpoint>& checkpoint, const Globals& globals) {
  configure_arithmetic(globals.threads);
  return {checkpoint, parse_device(globals.device)};
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  if (path == "-") return print(text);
  write_file_atomically(path, [&](const ByteSink& sink) { sink(std::as_bytes(std::span(text))); });
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure)
    throw Error(ErrorKind::output, "cannot make the folder " + folder.string() + ": " + failure.message());
}

std::string megabytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

}  // namespace octet::cli
