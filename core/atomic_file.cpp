#include "core/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/error.h"

namespace octet {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, int error_number) {
  std::string message = "cannot write " + path.string();
  if (error_number != 0) message += std::string(": ") + std::strerror(error_number);
  throw Error(ErrorKind::output, message, "check that the folder exists, is writable and has room");
}

/// Creates a new, empty file beside `path`, with the permissions the user's umask gives.
fs::path create_temporary(const fs::path& path) {
  static std::atomic<unsigned> counter{0};
  for (;;) {
    fs::path temporary = path;
    temporary += ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) {
      ::close(descriptor);
      return temporary;
    }
    if (errno != EEXIST) refuse(path, errno);
  }
}

void write_stream(const fs::path& target, const fs::path& name,
                  const std::function<void(std::ostream&)>& write) {
  std::ofstream stream(target, std::ios::binary | std::ios::trunc);
  if (!stream) refuse(name, errno);
  stream.exceptions(std::ios::badbit | std::ios::failbit);
  errno = 0;
  try {
    write(stream);
    stream.close();
  } catch (const std::ios_base::failure&) {
    refuse(name, errno);
  }
}

void flush_to_disk(const fs::path& target, int flags, const fs::path& name) {
  const int descriptor = ::open(target.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) refuse(name, errno);
  const int result = ::fsync(descriptor);
  const int error_number = errno;
  ::close(descriptor);
  // Some file systems cannot sync a directory; the rename has happened all the same.
  if (result != 0 && error_number != EINVAL && error_number != ENOTSUP) refuse(name, error_number);
}

}  // namespace

void write_file_atomically(const fs::path& path, const std::function<void(std::ostream&)>& write) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::is_directory(status)) refuse(path, EISDIR);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    write_stream(path, path, write);
    return;
  }
  // A link stays a link: the file it points at is the one replaced.
  const fs::path target =
      fs::is_symlink(fs::symlink_status(path, ignored)) ? fs::weakly_canonical(path) : path;
  const fs::path temporary = create_temporary(target);
  try {
    write_stream(temporary, path, write);
    flush_to_disk(temporary, O_WRONLY, path);
    if (::rename(temporary.c_str(), target.c_str()) != 0) refuse(path, errno);
  } catch (...) {
    fs::remove(temporary, ignored);
    throw;
  }
  flush_to_disk(target.has_parent_path() ? target.parent_path() : fs::path("."), O_RDONLY | O_DIRECTORY,
                path);
}

}  // namespace octet
