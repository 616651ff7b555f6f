#include "core/checkpoint/pt_reader.h"

#include <caffe2/serialize/inline_container.h>
#include <caffe2/serialize/read_adapter_interface.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <vector>

#include "core/checkpoint/pickle.h"
#include "core/error.h"

namespace octet {
namespace {

class MappedAdapter : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit MappedAdapter(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::size_t size() const override { return bytes_.size(); }
  std::size_t read(std::uint64_t position, void* buffer, std::size_t count, const char*) const override {
    if (position >= bytes_.size()) return 0;
    const auto taken = bytes_.subspan(position, std::min(count, bytes_.size() - position));
    std::memcpy(buffer, taken.data(), taken.size());
    return taken.size();
  }

 private:
  std::span<const std::byte> bytes_;
};

/// The mapped file, and copies of tensors that do not lie in one piece.
struct Storage {
  std::shared_ptr<const MappedFile> file;
  std::deque<std::vector<std::byte>> copies;
};

/// Where a record's bytes lie in the file. torch.save stores them uncompressed.
std::span<const std::byte> locate(caffe2::serialize::PyTorchStreamReader& archive, const std::string& record,
                                  std::span<const std::byte> file) {
  constexpr std::size_t kMethodField = 8;  // in a zip entry's local header
  const auto header = archive.getRecordHeaderOffset(record);
  const auto begin = archive.getRecordOffset(record);
  const auto size = archive.getRecordSize(record);
  if (begin > file.size() || size > file.size() - begin || header + kMethodField + 2 > file.size())
    throw Error(ErrorKind::input, fmt::format("truncated: record {} ends beyond the file", record));
  if (file[header + kMethodField] != std::byte{0})
    throw Error(ErrorKind::input, fmt::format("record {} is compressed", record),
                "save it again with torch.save");
  return file.subspan(begin, size);
}

bool is_contiguous(const PickledTensor& tensor) {
  std::int64_t expected = 1;
  for (std::size_t i = tensor.shape.size(); i-- > 0;) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != expected) return false;
    expected *= tensor.shape[i];
  }
  return true;
}

/// Appends the elements below dimension `dim` in row-major order.
void gather(const PickledTensor& tensor, std::span<const std::byte> storage, std::size_t dim,
            std::int64_t position, std::vector<std::byte>& to) {
  if (dim == tensor.shape.size()) {
    const auto element =
        storage.subspan(static_cast<std::size_t>(position) * size_of(tensor.dtype), size_of(tensor.dtype));
    to.insert(to.end(), element.begin(), element.end());
    return;
  }
  for (std::int64_t i = 0; i < tensor.shape[dim]; ++i)
    gather(tensor, storage, dim + 1, position + i * tensor.strides[dim], to);
}

TensorFile read_archive(const std::shared_ptr<const MappedFile>& file) {
  const auto bytes = file->bytes();
  caffe2::serialize::PyTorchStreamReader archive(std::make_shared<MappedAdapter>(bytes));
  if (archive.hasRecord("byteorder")) {
    const auto order = locate(archive, "byteorder", bytes);
    if (std::string_view(reinterpret_cast<const char*>(order.data()), order.size()) != "little")
      throw Error(ErrorKind::input, "it was saved on a big-endian machine");
  }
  const auto tensors = read_pickle(locate(archive, "data.pkl", bytes), "its pickle");

  auto owner = std::make_shared<Storage>();
  owner->file = file;
  TensorFile result;
  for (const auto& [name, tensor] : tensors) {
    StoredTensor stored{tensor.dtype, tensor.shape, {}};
    const auto count = static_cast<std::size_t>(element_count(tensor.shape));
    if (count > 0) {
      const auto storage = locate(archive, "data/" + tensor.storage, bytes);
      const auto item = size_of(tensor.dtype);
      if (static_cast<std::uint64_t>(tensor.storage_size) > storage.size() / item)
        throw Error(ErrorKind::input,
                    fmt::format("tensor {}: its storage {} is too short", name, tensor.storage));
      if (is_contiguous(tensor)) {
        stored.bytes = storage.subspan(static_cast<std::size_t>(tensor.offset) * item, count * item);
      } else {
        auto& copy = owner->copies.emplace_back();
        copy.reserve(count * item);
        gather(tensor, storage, 0, tensor.offset, copy);
        stored.bytes = copy;
      }
    }
    result.tensors.emplace(name, std::move(stored));
  }
  result.bytes = bytes.size();
  result.storage = std::move(owner);
  return result;
}

}  // namespace

TensorFile read_pt(std::shared_ptr<const MappedFile> file) {
  try {
    return read_archive(file);
  } catch (const Error& error) {
    throw Error(ErrorKind::input, fmt::format("{}: {}", file->path().string(), error.what()), error.hint());
  } catch (const c10::Error& error) {
    throw Error(ErrorKind::input,
                fmt::format("{}: not a readable PyTorch archive: {}", file->path().string(),
                            error.what_without_backtrace()),
                "the download or copy may be incomplete: get the file again");
  }
}

}  // namespace octet
