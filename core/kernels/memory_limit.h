#pragma once

#include <cstdint>
#include <filesystem>

namespace octet {

/// Bytes the process may still take before a limit of its control groups ends it, as containers and systemd
/// set them; the largest number without a limit. Pages of files that the system would drop first count as
/// free. Versions 1 and 2 (https://docs.kernel.org/admin-guide/cgroup-v2.html). `membership` lists the groups
/// the process is in, `mount` holds their files.
std::uint64_t bytes_within_limits(const std::filesystem::path& membership = "/proc/self/cgroup",
                                  const std::filesystem::path& mount = "/sys/fs/cgroup");

}  // namespace octet
