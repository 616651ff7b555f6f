#pragma once

#include <filesystem>
#include <functional>
#include <ostream>

namespace octet {

/// Writes a file so that it is either whole or not there: into a temporary beside it, fsync, rename.
/// A file of that name keeps its content until the new one is complete. `write` gets a binary stream that
/// throws when a write fails; whatever `write` throws is passed on after the temporary is removed.
/// Devices and pipes (/dev/stdout) are written in place. Throws Error(output) naming the file.
void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(std::ostream&)>& write);

}  // namespace octet
