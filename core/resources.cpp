#include "core/resources.h"

#include "core/error.h"

namespace octet {
namespace fs = std::filesystem;

namespace {

fs::path installed_demo_voice() {
  std::error_code ignored;
  const auto program = fs::read_symlink("/proc/self/exe", ignored);
  return program.parent_path().parent_path() / "share" / "octet" / "demo_voice";
}

}  // namespace

std::optional<fs::path> demo_voice_if_any() {
  std::error_code ignored;
  for (const auto& place : {installed_demo_voice(), fs::path(OCTET_RESOURCES) / "demo_voice"})
    if (fs::is_directory(place, ignored)) return place;
  return {};
}

fs::path demo_voice_folder() {
  if (auto found = demo_voice_if_any()) return *found;
  throw Error(ErrorKind::input, "the demo voice is not at " + installed_demo_voice().string(),
              "install Octet whole, or keep its source folder");
}

}  // namespace octet
