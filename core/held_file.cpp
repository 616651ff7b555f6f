#include "core/held_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "core/error.h"

namespace octet {
namespace {

std::string reason(int code) { return std::generic_category().message(code); }

std::int64_t time_of_modification(const struct stat& status) {
  return std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
}

/// What `read` gives; again when a signal came first.
template <typename Read>
ssize_t persist(const Read& read) {
  for (;;)
    if (const ssize_t count = read(); count >= 0 || errno != EINTR) return count;
}

}  // namespace

std::shared_ptr<const HeldFile> HeldFile::open(const std::filesystem::path& path) {
  const bool standard_input = path == "-";
  const int fd =
      standard_input ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const int failure = errno;
  const std::shared_ptr<HeldFile> file(new HeldFile(path, fd));
  if (fd < 0) {
    std::error_code no_link;
    if (const auto target = std::filesystem::read_symlink(path, no_link); failure == ENOENT && !no_link)
      file->fail(fmt::format("it is a link to {}, which is not there", target.string()),
                 "in the Hugging Face cache: the download was not finished, or was cleaned up; get it again");
    file->fail(reason(failure));
  }
  struct stat status {};
  if (::fstat(fd, &status) != 0) file->fail(reason(errno));
  if (S_ISDIR(status.st_mode)) file->fail(reason(EISDIR));
  if (standard_input || S_ISFIFO(status.st_mode)) {
    file->spool();
  } else if (S_ISREG(status.st_mode)) {
    file->size_ = static_cast<std::uint64_t>(status.st_size);
    file->modified_ = time_of_modification(status);
  } else {
    file->fail("not a regular file");
  }
  return file;
}

std::shared_ptr<const HeldFile> HeldFile::of(std::vector<std::byte> bytes,
                                             const std::filesystem::path& name) {
  const std::shared_ptr<HeldFile> file(new HeldFile(name, -1));
  file->spooled_ = true;
  file->size_ = bytes.size();
  file->stream_ = std::move(bytes);
  return file;
}

HeldFile::~HeldFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::string HeldFile::name() const { return path_ == "-" ? "standard input" : path_.string(); }

void HeldFile::read(std::uint64_t offset, std::span<std::byte> to) const {
  if (offset > size_ || to.size() > size_ - offset) fail("it ends before what is to be read");
  if (spooled_) {
    std::copy_n(stream_.begin() + static_cast<std::ptrdiff_t>(offset), to.size(), to.begin());
    return;
  }
  while (!to.empty()) {
    const auto count =
        persist([&] { return ::pread(fd_, to.data(), to.size(), static_cast<off_t>(offset)); });
    if (count < 0) fail(reason(errno));
    if (count == 0) break;
    to = to.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  // After reading: who changes a file changes its time first.
  check_unchanged();
  if (!to.empty()) fail("it ends before what is to be read");
}

std::string HeldFile::text() const {
  std::string all(size_, '\0');
  read(0, std::as_writable_bytes(std::span(all)));
  return all;
}

void HeldFile::check_unchanged() const {
  if (spooled_) return;
  struct stat status {};
  if (::fstat(fd_, &status) != 0) fail(reason(errno));
  if (static_cast<std::uint64_t>(status.st_size) != size_)
    fail(fmt::format("it had {} bytes when it was opened, now it has {}", size_, status.st_size),
         "another program is writing to it: when that is done, open it again");
  if (time_of_modification(status) != modified_)
    fail("it was written to after it was opened",
         "another program is writing to it: when that is done, open it again");
}

void HeldFile::fail(const std::string& why, const std::string& hint) const {
  throw Error(ErrorKind::input, fmt::format("cannot read {}: {}", name(), why), hint);
}

/// In pieces, as many as come: a pipe does not know its length.
void HeldFile::spool() {
  constexpr std::size_t kPiece = std::size_t{1} << 20, kMost = std::size_t{1} << 33;
  spooled_ = true;
  for (std::size_t filled = 0;;) {
    stream_.resize(filled + kPiece);
    const auto count = persist([&] { return ::read(fd_, stream_.data() + filled, kPiece); });
    if (count < 0) fail(reason(errno));
    filled += static_cast<std::size_t>(count);
    if (filled > kMost) fail("more than 8 GiB come out of the pipe", "put it into a file first");
    if (count > 0) continue;
    stream_.resize(filled);
    size_ = filled;
    return;
  }
}

}  // namespace octet
