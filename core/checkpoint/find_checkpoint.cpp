#include "core/checkpoint/find_checkpoint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/hugging_face_cache.h"
#include "core/error.h"

namespace octet {
namespace fs = std::filesystem;
namespace {

constexpr auto kStandardInput = "-";

/// Files in `folder` that hold tensors by their name, in order of names. A model's folder in the Hugging Face
/// cache keeps them in its snapshots.
std::vector<fs::path> tensor_files(const fs::path& folder) {
  constexpr std::array kEndings{".safetensors", ".pt", ".pth", ".bin", ".ckpt"};
  std::vector<fs::path> files;
  std::error_code ignored;
  const auto collect = [&](const fs::path& from) {
    for (const auto& entry : fs::directory_iterator(from, ignored))
      if (std::ranges::find(kEndings, entry.path().extension()) != kEndings.end())
        files.push_back(entry.path());
  };
  collect(folder);
  for (const auto& snapshot : fs::directory_iterator(folder / "snapshots", ignored)) collect(snapshot.path());
  std::ranges::sort(files);
  return files;
}

bool is_checkpoint(const fs::path& file) {
  try {
    Checkpoint::open(file);
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::string names(const std::vector<fs::path>& files, const fs::path& folder) {
  std::vector<std::string> names;
  names.reserve(files.size());
  for (const auto& file : files) names.push_back(file.lexically_relative(folder).string());
  return fmt::format("{}", fmt::join(names, ", "));
}

fs::path only_checkpoint_in(const fs::path& folder) {
  const auto files = tensor_files(folder);
  if (files.size() == 1) return files.front();  // opening it says best what it is
  auto checkpoints = files;
  std::erase_if(checkpoints, [](const fs::path& file) { return !is_checkpoint(file); });
  if (checkpoints.size() == 1) return checkpoints.front();
  if (checkpoints.empty())
    throw Error(ErrorKind::input,
                files.empty() ? fmt::format("{} is a folder without tensor files", folder.string())
                              : fmt::format("{}: none of {} is an S3Gen checkpoint", folder.string(),
                                            names(files, folder)),
                "give the file itself");
  throw Error(ErrorKind::input,
              fmt::format("{} holds {} checkpoints: {}", folder.string(), checkpoints.size(),
                          names(checkpoints, folder)),
              "name the one that is meant");
}

}  // namespace

fs::path find_checkpoint(const std::string& named) {
  fs::path path(named);
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return only_checkpoint_in(path);
  const auto status = fs::symlink_status(path, ignored);
  if (named == kStandardInput || path.has_parent_path() || status.type() != fs::file_type::not_found)
    return path;
  const auto cached = find_in_hugging_face_cache(named);
  if (!cached.empty()) return cached.front();
  const auto cache = hugging_face_cache();
  throw Error(ErrorKind::input,
              fmt::format("there is no file {} in {}, and none in the Hugging Face cache, {}", named,
                          fs::current_path(ignored).string(),
                          cache.empty() ? "which would need a home folder" : cache.string()),
              "give its path; Chatterbox's is had by: hf download ResembleAI/chatterbox s3gen.safetensors");
}

}  // namespace octet
