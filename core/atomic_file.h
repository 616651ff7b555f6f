#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>

namespace octet {

/// Takes the next bytes of a file that is being written. Throws Error(output) when they cannot be written.
using ByteSink = std::function<void(std::span<const std::byte>)>;

/// Creates or replaces the file `path` with what `produce` hands to its sink: complete or not at all.
/// The bytes go to a temporary file in the same directory, are synced and renamed. When `produce` throws or
/// writing fails, the temporary is removed, what was at `path` stays, and the exception leaves.
/// Throws Error(output) naming the path and the system's reason.
void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(const ByteSink&)>& produce);

}  // namespace octet
