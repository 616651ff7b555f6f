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

/// A file beside its final place, removed unless it is moved there. Where the file system can, it has no name
/// until then, so that nothing stays of a process that is killed.
class Temporary {
 public:
  explicit Temporary(const std::filesystem::path& target) : target_(target) {
    if (::access("/proc/self/fd", X_OK) == 0)  // the way to a name
      fd_ = ::open(directory().c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (fd_ < 0)
      take_name([this](const char* name) {
        return fd_ = ::open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      });
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
    if (temporary_.empty())
      take_name([open = fmt::format("/proc/self/fd/{}", fd_)](const char* name) {
        return ::linkat(AT_FDCWD, open.c_str(), AT_FDCWD, name, AT_SYMLINK_FOLLOW);
      });
    if (::close(std::exchange(fd_, -1)) != 0) fail(target_, errno);
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(target_, errno);
    temporary_.clear();
    sync_directory();
  }

 private:
  std::filesystem::path directory() const {
    return target_.has_parent_path() ? target_.parent_path() : std::filesystem::path(".");
  }

  /// Tries names beside the target until `create` gives no EEXIST.
  template <typename Create>
  void take_name(const Create& create) {
    for (int attempt = 0;; ++attempt) {
      auto name = target_;
      name.replace_filename(fmt::format(".{}.{}-{}.tmp", target_.filename().string(), ::getpid(), attempt));
      if (create(name.c_str()) >= 0) {
        temporary_ = std::move(name);
        return;
      }
      if (errno != EEXIST) fail(target_, errno);
    }
  }

  /// So that the name survives a power cut too. The data is safe already: a failure here is no error.
  void sync_directory() const {
    const int fd = ::open(directory().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    ::fsync(fd);
    ::close(fd);
  }

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  int fd_ = -1;
};

Temporary start_writing(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (std::filesystem::is_directory(status)) fail(path, EISDIR);
  // Renaming over a device such as /dev/null would replace it.
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw Error(ErrorKind::output, fmt::format("cannot write {}: not a regular file", path.string()));

  return Temporary(path);
}

}  // namespace

void check_writable(const std::filesystem::path& path) { start_writing(path); }

void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(const ByteSink&)>& produce) {
  auto temporary = start_writing(path);
  produce([&](std::span<const std::byte> bytes) { temporary.write(bytes); });
  temporary.move_into_place();
}

}  // namespace octet
