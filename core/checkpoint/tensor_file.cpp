#include "core/checkpoint/tensor_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/checkpoint/pt_reader.h"
#include "core/checkpoint/safetensors_reader.h"
#include "core/error.h"

namespace octet {
namespace {

/// What people mistake for a checkpoint, by its first bytes.
struct Mistake {
  std::string_view begin;
  std::string_view what;
  std::string_view hint;
};

constexpr std::array kMistakes{
    Mistake{"<", "a web page",
            "the download gave an HTML page: is the link right, and does it need a login?"},
    Mistake{"version https://git-lfs", "a git-lfs pointer", "fetch the file itself with git lfs pull"},
    Mistake{"\x80\x02", "a pickle of a PyTorch before 1.6",
            "load and save it again with a current torch.save"},
    Mistake{"GGUF", "a GGUF file", "Octet reads .safetensors and .pt"},
    Mistake{"\x1f\x8b", "compressed with gzip", "unpack it first"},
    Mistake{"{", "a JSON text", "Octet reads .safetensors and .pt"},
};

}  // namespace

std::uint64_t StoredTensor::size() const {
  return static_cast<std::uint64_t>(element_count(shape)) * size_of(dtype);
}

void StoredTensor::read(std::span<std::byte> to) const {
  if (to.empty()) return;
  if (strides.empty()) return file->read(offset, to);
  const auto item = size_of(dtype);
  std::int64_t last = 0;
  for (std::size_t dim = 0; dim < shape.size(); ++dim) last += (shape[dim] - 1) * strides[dim];
  std::vector<std::byte> storage((static_cast<std::size_t>(last) + 1) * item);
  file->read(offset, storage);
  Shape index(shape.size());
  std::int64_t position = 0;
  for (;;) {
    std::copy_n(storage.begin() + position * static_cast<std::int64_t>(item), item, to.begin());
    to = to.subspan(item);
    // The next index in row-major order.
    auto dim = shape.size();
    for (; dim > 0; --dim) {
      position += strides[dim - 1];
      if (++index[dim - 1] < shape[dim - 1]) break;
      position -= shape[dim - 1] * strides[dim - 1];
      index[dim - 1] = 0;
    }
    if (dim == 0) return;
  }
}

std::vector<std::byte> StoredTensor::read() const {
  std::vector<std::byte> bytes(size());
  read(bytes);
  return bytes;
}

TensorFile open_tensor_file(const std::filesystem::path& path) {
  auto file = HeldFile::open(path);
  std::string begin(std::min<std::uint64_t>(file->size(), 64), '\0');
  file->read(0, std::as_writable_bytes(std::span(begin)));
  if (begin.starts_with("PK\x03\x04")) return read_pt(std::move(file));
  // A safetensors file begins with its header's length, which puts "{" at the ninth byte.
  if (begin.size() < 9 || begin[8] != '{')
    for (const auto& mistake : kMistakes)
      if (begin.starts_with(mistake.begin))
        throw Error(ErrorKind::input,
                    fmt::format("{}: this is {}, not a tensor file", file->name(), mistake.what),
                    std::string(mistake.hint));
  return read_safetensors(std::move(file));
}

}  // namespace octet
