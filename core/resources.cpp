#include "core/resources.h"

#include <array>

#include "core/error.h"

namespace octet {
namespace fs = std::filesystem;

fs::path demo_voice_folder() {
  std::error_code ignored;
  const auto program = fs::read_symlink("/proc/self/exe", ignored);
  const std::array places{program.parent_path().parent_path() / "share" / "octet" / "demo_voice",
                          fs::path(OCTET_RESOURCES) / "demo_voice"};
  for (const auto& place : places)
    if (fs::is_directory(place, ignored)) return place;
  throw Error(ErrorKind::input, "the demo voice is not at " + places.front().string(),
              "install Octet whole, or keep its source folder");
}

}  // namespace octet
