#include "core/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/output_place.h"

namespace octet {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, int code) {
  std::string hint;
  if (code == ENOSPC || code == EDQUOT) hint = "free some space or choose another directory";
  if (code == EACCES || code == EPERM || code == EROFS) hint = "choose a directory you may write to";
  if (code == ENOENT) hint = "create the directory first";
  throw Error(ErrorKind::output,
              fmt::format("cannot write {}: {}", output_name(path), std::generic_category().message(code)),
              hint);
}

void write_all(int fd, std::span<const std::byte> bytes, const std::filesystem::path& named) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // whoever gave us this pipe does not want to wait; we do
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      fail(named, errno);
    }
  }
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

  void write(std::span<const std::byte> bytes) { write_all(fd_, bytes, target_); }

  void move_into_place() {
    struct stat previous {};
    if (::stat(target_.c_str(), &previous) == 0) take_over(previous);
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

  /// Owner, group and permissions of the file that this one replaces.
  void take_over(const struct stat& previous) {
    auto mode = previous.st_mode & 07777;
    struct stat ours {};
    if (::fstat(fd_, &ours) != 0) fail(target_, errno);
    const bool same = ours.st_uid == previous.st_uid && ours.st_gid == previous.st_gid;
    constexpr auto kOurselves = static_cast<uid_t>(-1);
    if (!same && ::fchown(fd_, previous.st_uid, previous.st_gid) != 0 &&
        ::fchown(fd_, kOurselves, previous.st_gid) != 0)
      mode &= 0707;  // nothing for a group that had no part in it
    if (::fchmod(fd_, mode) != 0) fail(target_, errno);
  }

  /// Tries names beside the target until `create` gives no EEXIST.
  template <typename Create>
  void take_name(const Create& create) {
    for (int attempt = 0;; ++attempt) {
      auto name = target_;
      name.replace_filename(fmt::format(".octet-{}-{}.tmp", ::getpid(), attempt));
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

/// What is written to as it is.
class Stream {
 public:
  Stream(const OutputPlace& place, const std::filesystem::path& named)
      : named_(named),
        fd_(place.kind == OutputPlace::Kind::descriptor
                ? ::fcntl(place.descriptor, F_DUPFD_CLOEXEC, 3)
                : ::open(place.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY)) {
    if (fd_ < 0) fail(named_, errno);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    if (fd_ >= 0) ::close(fd_);
  }

  void write(std::span<const std::byte> bytes) { write_all(fd_, bytes, named_); }
  /// Some errors come only here.
  void close() {
    if (::close(std::exchange(fd_, -1)) != 0) fail(named_, errno);
  }

 private:
  std::filesystem::path named_;
  int fd_;
};

void check_permission(const OutputPlace& place, const std::filesystem::path& named) {
  if (place.kind == OutputPlace::Kind::descriptor) {
    const int flags = ::fcntl(place.descriptor, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) fail(named, EBADF);
  } else if (::faccessat(AT_FDCWD, place.path.c_str(), W_OK, AT_EACCESS) != 0 && errno != ENOENT) {
    fail(named, errno);
  }
}

}  // namespace

void check_writable(const std::filesystem::path& path) {
  const auto place = find_output_place(path);
  check_permission(place, path);
  if (place.kind == OutputPlace::Kind::file) Temporary{place.path};
}

void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(const ByteSink&)>& produce) {
  const auto place = find_output_place(path);
  check_permission(place, path);
  if (place.kind != OutputPlace::Kind::file) {
    Stream stream(place, path);
    produce([&](std::span<const std::byte> bytes) { stream.write(bytes); });
    return stream.close();
  }
  Temporary temporary(place.path);
  produce([&](std::span<const std::byte> bytes) { temporary.write(bytes); });
  temporary.move_into_place();
}

}  // namespace octet
