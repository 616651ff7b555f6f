#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

namespace octet {

/// A "Name:  123 kB" line of a file under /proc, in bytes; 0 where there is none.
inline std::uint64_t read_kilobytes(const char* path, std::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name)) return std::stoull(line.substr(name.size() + 1)) * 1024;
  return 0;
}

}  // namespace octet
