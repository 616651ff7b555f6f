#include "core/work_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"
#include "core/output_place.h"

namespace octet {
namespace {

/// Whether `path` still is the file behind `descriptor`: who held the lock before may have removed it.
bool is_still(const std::filesystem::path& path, int descriptor) {
  struct stat named = {}, held = {};
  return ::stat(path.c_str(), &named) == 0 && ::fstat(descriptor, &held) == 0 &&
         named.st_ino == held.st_ino && named.st_dev == held.st_dev;
}

}  // namespace

WorkLock::WorkLock(const std::filesystem::path& path) {
  if (path.empty()) return;
  const auto place = find_output_place(path);
  if (place.kind != OutputPlace::Kind::file) return;
  lock_ = place.path;
  lock_ += ".lock";
  while (true) {
    descriptor_ = ::open(lock_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0)
      throw Error(ErrorKind::output, fmt::format("cannot make {}: {}", lock_.string(), std::strerror(errno)));
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      const int reason = errno;
      ::close(descriptor_);
      if (reason == EWOULDBLOCK)
        throw Error(ErrorKind::output, fmt::format("another process is at work on {}", path.string()),
                    "wait for it, or name another file");
      throw Error(ErrorKind::output,
                  fmt::format("cannot lock {}: {}", lock_.string(), std::strerror(reason)));
    }
    if (is_still(lock_, descriptor_)) return;
    ::close(descriptor_);
  }
}

WorkLock::~WorkLock() {
  if (descriptor_ < 0) return;
  ::unlink(lock_.c_str());
  ::close(descriptor_);
}

}  // namespace octet
