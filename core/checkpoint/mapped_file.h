#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

namespace octet {

/// A file mapped read-only. Pages are read from disk when they are first looked at.
class MappedFile {
 public:
  /// Throws Error(input) naming the file and the system's reason.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  const std::filesystem::path& path() const { return path_; }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  MappedFile(std::filesystem::path path, std::span<const std::byte> bytes)
      : path_(std::move(path)), bytes_(bytes) {}

  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
};

}  // namespace octet
