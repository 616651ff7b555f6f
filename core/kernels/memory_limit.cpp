#include "core/kernels/memory_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace octet {
namespace {

constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();

/// Names of one version's files and of the line in memory.stat.
struct Interface {
  const char* limit;
  const char* usage;
  const char* droppable;
};
constexpr Interface kVersion1{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};
constexpr Interface kVersion2{"memory.max", "memory.current", "inactive_file"};

/// The number in the file; none when there is no such file, or it says "max".
std::optional<std::uint64_t> read_number(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  return file >> number ? std::optional(number) : std::nullopt;
}

std::uint64_t read_statistic(const std::filesystem::path& path, const std::string& wanted) {
  std::ifstream file(path);
  std::string name;
  for (std::uint64_t value = 0; file >> name >> value;)
    if (name == wanted) return value;
  return 0;
}

std::uint64_t room_in(const std::filesystem::path& group, const Interface& names) {
  const auto limit = read_number(group / names.limit);
  if (!limit) return kNoLimit;
  const auto used = read_number(group / names.usage).value_or(0);
  const auto held = used - std::min(used, read_statistic(group / "memory.stat", names.droppable));
  return *limit - std::min(*limit, held);
}

}  // namespace

std::uint64_t bytes_within_limits(const std::filesystem::path& membership,
                                  const std::filesystem::path& mount) {
  std::ifstream file(membership);
  auto room = kNoLimit;
  for (std::string line;
       std::getline(file, line);) {  // "id:controllers:/path"; version 2 names no controller
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const auto controllers =
        fmt::format(",{},", std::string_view(line).substr(first + 1, second - first - 1));
    const bool version2 = controllers == ",,";
    if (!version2 && controllers.find(",memory,") == std::string::npos) continue;
    const auto root = version2 ? mount : mount / "memory";
    // The limits of all groups above hold too. Inside a container the path may name groups that only the host
    // sees: what exists of it counts.
    auto path = std::filesystem::path(line.substr(second + 1)).relative_path();
    for (;; path = path.parent_path()) {
      room = std::min(room, room_in(root / path, version2 ? kVersion2 : kVersion1));
      if (path.empty()) break;
    }
  }
  return room;
}

}  // namespace octet
