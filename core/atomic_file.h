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
/// Where the file system allows, the temporary has no name until it is complete: nothing stays of it even
/// when the process is killed. A file that is replaced keeps its permissions, and its owner and group where
/// the system lets us; one that may not be written to is not replaced. A symbolic link stays, what it leads
/// to is replaced. What cannot be replaced (core/output_place.h: standard output, a pipe, a character device)
/// is written to as the bytes come. Throws Error(output) naming the path and the system's reason.
void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(const ByteSink&)>& produce);

/// For work that takes long: throws what write_file_atomically would throw before its first byte. Leaves
/// nothing.
void check_writable(const std::filesystem::path& path);

}  // namespace octet
