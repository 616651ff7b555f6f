#include "core/checkpoint/pt_reader.h"

#include <caffe2/serialize/inline_container.h>
#include <caffe2/serialize/read_adapter_interface.h>
#include <fmt/format.h>

#include <algorithm>
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

/// Where a record's bytes lie in the file.
struct Record {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
};

/// torch.save stores records uncompressed.
Record locate(caffe2::serialize::PyTorchStreamReader& archive, const std::string& record,
              const HeldFile& file) {
  constexpr std::size_t kMethodField = 8;  // in a zip entry's local header
  const auto header = archive.getRecordHeaderOffset(record);
  const auto begin = archive.getRecordOffset(record);
  const auto size = archive.getRecordSize(record);
  if (begin > file.size() || size > file.size() - begin || header + kMethodField + 2 > file.size())
    throw Error(ErrorKind::input, fmt::format("truncated: record {} ends beyond the file", record));
  std::byte method{};
  file.read(header + kMethodField, std::span(&method, 1));
  if (method != std::byte{0})
    throw Error(ErrorKind::input, fmt::format("record {} is compressed", record),
                "save it again with torch.save");
  return {begin, size};
}

std::vector<std::byte> read_record(caffe2::serialize::PyTorchStreamReader& archive, const std::string& name,
                                   const HeldFile& file) {
  const auto record = locate(archive, name, file);
  std::vector<std::byte> bytes(record.size);
  file.read(record.begin, bytes);
  return bytes;
}

bool is_contiguous(const PickledTensor& tensor) {
  std::int64_t expected = 1;
  for (std::size_t i = tensor.shape.size(); i-- > 0;) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != expected) return false;
    expected *= tensor.shape[i];
  }
  return true;
}

TensorFile read_archive(const std::shared_ptr<const HeldFile>& file) {
  caffe2::serialize::PyTorchStreamReader archive(std::make_shared<FileAdapter>(file));
  if (archive.hasRecord("byteorder")) {
    const auto order = read_record(archive, "byteorder", *file);
    if (std::string_view(reinterpret_cast<const char*>(order.data()), order.size()) != "little")
      throw Error(ErrorKind::input, "it was saved on a big-endian machine");
  }
  const auto tensors = read_pickle(read_record(archive, "data.pkl", *file), "its pickle");

  TensorFile result;
  for (const auto& [name, tensor] : tensors) {
    StoredTensor stored{tensor.dtype, tensor.shape, file, 0, {}};
    if (element_count(tensor.shape) > 0) {
      const auto storage = locate(archive, "data/" + tensor.storage, *file);
      const auto item = size_of(tensor.dtype);
      if (static_cast<std::uint64_t>(tensor.storage_size) > storage.size / item)
        throw Error(ErrorKind::input,
                    fmt::format("tensor {}: its storage {} is too short", name, tensor.storage));
      stored.offset = storage.begin + static_cast<std::uint64_t>(tensor.offset) * item;
      if (!is_contiguous(tensor)) stored.strides = tensor.strides;
    }
    result.tensors.emplace(name, std::move(stored));
  }
  result.file = file;
  return result;
}

}  // namespace

TensorFile read_pt(std::shared_ptr<const HeldFile> file) {
  try {
    return read_archive(file);
  } catch (const Error& error) {
    throw Error(ErrorKind::input, fmt::format("{}: {}", file->name(), error.what()), error.hint());
  } catch (const c10::Error& error) {
    throw Error(
        ErrorKind::input,
        fmt::format("{}: not a readable PyTorch archive: {}", file->name(), error.what_without_backtrace()),
        "the download or copy may be incomplete: get the file again");
  }
}

}  // namespace octet
