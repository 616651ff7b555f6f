#include "core/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "core/error.h"

namespace octet {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, int code) {
  std::string hint;
  if (code == ENOSPC || code == EDQUOT) hint = "free some space or choose another directory";
  if (code == EACCES || code == EPERM || code == EROFS) hint = "choose a directory you may write to";
  if (code == ENOENT) hint = "create the directory first";
  throw Error(ErrorKind::output,
              fmt::format("cannot write {}: {}", path.string(), std::generic_category().message(code)), hint);
}

/// A file beside its final place, removed unless it is moved there.
class Temporary {
 public:
  explicit Temporary(const std::filesystem::path& target) : target_(target) {
    for (int attempt = 0; fd_ < 0; ++attempt) {
      temporary_ = target;
      temporary_.replace_filename(
          fmt::format(".{}.{}-{}.tmp", target.filename().string(), ::getpid(), attempt));
      fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (fd_ < 0 && errno != EEXIST) fail(target_, errno);
    }
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  ~Temporary() {
    if (fd_ >= 0) ::close(fd_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto written = ::write(fd_, bytes.data(), bytes.size());
      if (written >= 0)
        bytes = bytes.subspan(static_cast<std::size_t>(written));
      else if (errno != EINTR)
        fail(target_, errno);
    }
  }

  void move_into_place() {
    struct stat previous {};
    if (::stat(target_.c_str(), &previous) == 0 && ::fchmod(fd_, previous.st_mode & 07777) != 0)
      fail(target_, errno);
    if (::fsync(fd_) != 0) fail(target_, errno);
    if (::close(std::exchange(fd_, -1)) != 0) fail(target_, errno);
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(target_, errno);
    temporary_.clear();
    sync_directory();
  }

 private:
  /// So that the name survives a power cut too. The data is safe already: a failure here is no error.
  void sync_directory() const {
    const auto directory = target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
    const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
  }

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int fd_ = -1;
};

}  // namespace

void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(const ByteSink&)>& produce) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (std::filesystem::is_directory(status)) fail(path, EISDIR);
  // Renaming over a device such as /dev/null would replace it.
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw Error(ErrorKind::output, fmt::format("cannot write {}: not a regular file", path.string()));

  Temporary temporary(path);
  produce([&](std::span<const std::byte> bytes) { temporary.write(bytes); });
  temporary.move_into_place();
}

}  // namespace octet
