#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace octet {

/// Where the bytes of an output go.
struct OutputPlace {
  enum class Kind {
    file,        ///< a regular file, or a name that is free: made whole or not at all
    stream,      ///< a named pipe or a character device: written as it comes
    descriptor,  ///< one that this process was given open, such as standard output: likewise
  };
  Kind kind = Kind::file;
  std::filesystem::path path;  ///< behind all symbolic links
  int descriptor = -1;
};

/// What `path` stands for. Symbolic links are followed to their end, also where that does not exist yet, so
/// that they are written through and never replaced; "-" is standard output, and names such as /dev/stdout,
/// /dev/fd/3 and bash's `>(…)` are the open descriptors they stand for. Throws Error(output) naming the path:
/// a folder, a disk, links in a circle.
OutputPlace find_output_place(const std::filesystem::path& path);

/// An output as messages call it.
std::string output_name(const std::filesystem::path& path);

/// Throws Error(usage) when an output is an input, which it would destroy, or two outputs are one: by what
/// the names stand for, symbolic and hard links included. Empty paths are none; "-" is standard output and
/// input. Throws Error(output) where find_output_place does.
void check_outputs(const std::vector<std::filesystem::path>& outputs,
                   const std::vector<std::filesystem::path>& inputs);

}  // namespace octet
