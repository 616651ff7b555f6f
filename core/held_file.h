#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace octet {

/// A file that is read by position, held open from first to last: what is read is what was opened, whatever
/// its name stands for by then. Nothing is mapped, so a file that is cut short while it is open is an error
/// and not the end of the process. A pipe, such as bash's `<(…)`, and standard input, whose name is "-", are
/// read to their end when they are opened, and kept in memory.
class HeldFile {
 public:
  /// Throws Error(input) naming the file and the system's reason.
  static std::shared_ptr<const HeldFile> open(const std::filesystem::path& path);
  /// Bytes in memory, as if they had come out of a pipe called `name`.
  static std::shared_ptr<const HeldFile> of(std::vector<std::byte> bytes, const std::filesystem::path& name);
  HeldFile(const HeldFile&) = delete;
  HeldFile& operator=(const HeldFile&) = delete;
  ~HeldFile();

  const std::filesystem::path& path() const { return path_; }
  /// As messages call it.
  std::string name() const;
  /// Bytes it had when it was opened.
  std::uint64_t size() const { return size_; }

  /// Fills `to` with the bytes from `offset` on. Throws Error(input) naming the file when it has been written
  /// to since it was opened, has become shorter, or cannot be read.
  void read(std::uint64_t offset, std::span<std::byte> to) const;
  /// All of it.
  std::string text() const;

  /// Throws Error(input) when the file has been written to since it was opened: when its size or time of
  /// modification is another. A new name, new permissions, or another file in its place are no change.
  void check_unchanged() const;

 private:
  HeldFile(std::filesystem::path path, int fd) : path_(std::move(path)), fd_(fd) {}

  [[noreturn]] void fail(const std::string& why, const std::string& hint = {}) const;
  void spool();

  std::filesystem::path path_;
  int fd_;
  std::uint64_t size_ = 0;
  std::int64_t modified_ = 0;  ///< nanoseconds since 1970
  bool spooled_ = false;       ///< a pipe, whose bytes are `stream_`
  std::vector<std::byte> stream_;
};

}  // namespace octet
