#include "core/checkpoint/pt_reader.h"

#include <caffe2/serialize/inline_container.h>
#include <caffe2/serialize/read_adapter_interface.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <span>
#include <vector>

#include "core/checkpoint/pickle.h"
#include "core/error.h"

namespace octet {
namespace {

class FileAdapter : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit FileAdapter(std::shared_ptr<const HeldFile> file) : file_(std::move(file)) {}
  std::size_t size() const override { return file_->size(); }
  std::size_t read(std::uint64_t position, void* buffer, std::size_t count, const char*) const override {
    if (position >= file_->size()) return 0;
    const auto taken = std::min<std::uint64_t>(count, file_->size() - position);
    file_->read(position, {static_cast<std::byte*>(buffer), taken});
    return taken;
  }

 private:
  std::shared_ptr<const HeldFile> file_;
};

/// Where a record's bytes lie.
struct Record {
  std::shared_ptr<const HeldFile> file;
  std::uint64_t begin = 0;
  std::uint64_t size = 0;

  std::vector<std::byte> read() const {
    std::vector<std::byte> bytes(size);
    file->read(begin, bytes);
    return bytes;
  }
};

/// The records of a zip archive. torch.save stores them uncompressed; others pack them again.
class Archive {
 public:
  explicit Archive(std::shared_ptr<const HeldFile> file)
      : file_(std::move(file)),
        reader_(std::make_shared<FileAdapter>(file_)),
        inflatable_(kInflatableOfAny + kInflatableTimes * file_->size()) {}

  bool has(const std::string& name) { return reader_.hasRecord(name); }

  Record find(const std::string& name) {
    constexpr std::size_t kMethodField = 8;  // in a zip entry's local header
    const auto header = reader_.getRecordHeaderOffset(name);
    const auto size = reader_.getRecordSize(name);
    std::byte method{};
    if (header > file_->size() || file_->size() - header < kMethodField + 2) beyond(name);
    file_->read(header + kMethodField, std::span(&method, 1));
    if (method != std::byte{0}) return inflate(name, size);
    const auto begin = reader_.getRecordOffset(name);
    if (begin > file_->size() || size > file_->size() - begin) beyond(name);
    return {file_, begin, size};
  }

 private:
  // A few bytes can claim to be gigabytes; weights barely shrink.
  static constexpr std::uint64_t kInflatableOfAny = std::uint64_t{64} << 20;
  static constexpr std::uint64_t kInflatableTimes = 16;

  [[noreturn]] static void beyond(const std::string& name) {
    throw Error(ErrorKind::input, fmt::format("truncated: record {} ends beyond the file", name));
  }

  Record inflate(const std::string& name, std::uint64_t size) {
    auto& inflated = inflated_[name];
    if (!inflated) {
      if (size > inflatable_)
        throw Error(ErrorKind::input, fmt::format("record {} is compressed beyond reason", name),
                    "save it again with torch.save");
      inflatable_ -= size;
      std::vector<std::byte> bytes(size);
      reader_.getRecord(name, bytes.data(), size);
      inflated = HeldFile::of(std::move(bytes), file_->path());
    }
    return {inflated, 0, size};
  }

  std::shared_ptr<const HeldFile> file_;
  caffe2::serialize::PyTorchStreamReader reader_;
  std::map<std::string, std::shared_ptr<const HeldFile>> inflated_;
  std::uint64_t inflatable_;  ///< bytes that may still be made of compressed ones
};

bool is_row_major(const PickledTensor& tensor) {
  std::int64_t expected = 1;
  for (std::size_t i = tensor.shape.size(); i-- > 0;) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != expected) return false;
    expected *= tensor.shape[i];
  }
  return true;
}

/// The name of a zip archive's first entry.
std::string first_entry(const HeldFile& file) {
  constexpr std::uint64_t kHeader = 30, kNameLength = 26;
  if (file.size() < kHeader) return {};
  std::array<unsigned char, 2> length{};
  file.read(kNameLength, std::as_writable_bytes(std::span(length)));
  std::string name(std::min<std::uint64_t>(length[0] | length[1] << 8, file.size() - kHeader), '\0');
  file.read(kHeader, std::as_writable_bytes(std::span(name)));
  return name;
}

/// What a zip archive is that torch.save did not make.
Error another_archive(const std::string& first_entry) {
  return {ErrorKind::input, fmt::format("a zip archive of {}, not a file of torch.save", first_entry),
          "unpack it and give the file inside; of a program of torch.export, save the state_dict"};
}

TensorFile read_archive(const std::shared_ptr<const HeldFile>& file) {
  Archive archive(file);
  if (!archive.has("data.pkl")) throw another_archive(first_entry(*file));
  if (archive.has("byteorder")) {
    const auto order = archive.find("byteorder").read();
    if (std::string_view(reinterpret_cast<const char*>(order.data()), order.size()) != "little")
      throw Error(ErrorKind::input, "it was saved on a big-endian machine");
  }
  auto contents = read_pickle(archive.find("data.pkl").read(), "its pickle");

  TensorFile result;
  result.integers = std::move(contents.integers);
  for (auto& [name, tensor] : contents.tensors) {
    StoredTensor stored{tensor.dtype, tensor.shape, file, 0, {}};
    if (stored.size() > 0) {
      const auto storage = archive.find("data/" + tensor.storage);
      const auto item = size_of(tensor.dtype);
      if (static_cast<std::uint64_t>(tensor.storage_size) > storage.size / item)
        throw Error(ErrorKind::input,
                    fmt::format("tensor {}: its storage {} is too short", name, tensor.storage));
      stored.file = storage.file;
      stored.offset = storage.begin + static_cast<std::uint64_t>(tensor.offset) * item;
      if (!is_row_major(tensor)) stored.strides = std::move(tensor.strides);
    }
    result.tensors.emplace(name, std::move(stored));
  }
  result.file = file;
  return result;
}

}  // namespace

TensorFile read_pt(std::shared_ptr<const HeldFile> file) {
  const auto named = [&](const Error& error) {
    return Error(error.kind(), fmt::format("{}: {}", file->name(), error.what()), error.hint());
  };
  try {
    return read_archive(file);
  } catch (const Error& error) {
    throw named(error);
  } catch (const c10::Error& error) {
    // torch.save begins with this entry.
    if (const auto first = first_entry(*file); !first.empty() && !first.ends_with("/data.pkl"))
      throw named(another_archive(first));
    throw named({ErrorKind::input,
                 fmt::format("not a readable PyTorch archive: {}", error.what_without_backtrace()),
                 "the download or copy may be incomplete: get the file again"});
  }
}

}  // namespace octet
