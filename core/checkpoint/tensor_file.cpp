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

/// What people mistake for a tensor file, by its first bytes.
struct Mistake {
  std::string_view begin;
  std::string_view what;
  std::string_view hint;
};

constexpr std::string_view kGiveOther = "Octet reads .safetensors and .pt";
constexpr std::string_view kUnpack = "unpack it and give the file inside";
constexpr std::string_view kSaveAgain =
    "load it where you trust it and save it again: torch.save(torch.load(path, weights_only=False), path)";
// Protocol 2, then the magic number of torch/serialization.py.
constexpr std::string_view kLegacy = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

constexpr std::array kMistakes{
    Mistake{"<", "a web page",
            "the download gave an HTML page: is the link right, and does it need a login?"},
    Mistake{"version https://git-lfs", "a git-lfs pointer", "fetch the file itself with git lfs pull"},
    Mistake{kLegacy, "a file of a PyTorch before 1.6", kSaveAgain},
    Mistake{"\x80\x02", "a bare pickle", kSaveAgain},
    Mistake{"\x80\x03", "a bare pickle", kSaveAgain},
    Mistake{"\x80\x04", "a bare pickle", kSaveAgain},
    Mistake{"\x80\x05", "a bare pickle", kSaveAgain},
    Mistake{"GGUF", "a GGUF file", kGiveOther},
    Mistake{"lmgg", "a GGML file", kGiveOther},
    Mistake{"\x89HDF", "an HDF5 file, such as Keras writes", kGiveOther},
    Mistake{"\x93NUMPY", "a NumPy array", "save a model's state dict with torch.save or safetensors"},
    Mistake{"RIFF", "a sound file", kGiveOther},
    Mistake{"fLaC", "a sound file", kGiveOther},
    Mistake{"ID3", "a sound file", kGiveOther},
    Mistake{"OggS", "a sound file", kGiveOther},
    Mistake{"\x1f\x8b", "compressed with gzip", kUnpack},
    Mistake{"BZh", "compressed with bzip2", kUnpack},
    Mistake{"\xfd"
            "7zXZ",
            "compressed with xz", kUnpack},
    Mistake{"\x28\xb5\x2f\xfd", "compressed with Zstandard", kUnpack},
    Mistake{"7z\xbc\xaf", "a 7z archive", kUnpack},
    Mistake{"Rar!", "a RAR archive", kUnpack},
    Mistake{"{", "a JSON text", kGiveOther},
};

constexpr std::string_view kTarMark = "ustar";
constexpr std::size_t kTarMarkAt = 257;

/// ONNX has no magic number: a protobuf of a small ir_version and the name of the producer.
bool is_onnx(std::string_view begin) {
  return begin.size() > 3 && begin[0] == '\x08' && begin[1] > 0 && begin[1] < 32 &&
         (begin[2] == '\x12' || begin[2] == '\x3a');
}

std::string text_at(const HeldFile& file, std::uint64_t from, std::uint64_t most) {
  if (from > file.size()) return {};
  std::string text(std::min(file.size() - from, most), '\0');
  file.read(from, std::as_writable_bytes(std::span(text)));
  return text;
}

void refuse_mistakes(const HeldFile& file, std::string_view begin) {
  const auto refuse = [&](std::string_view what, std::string_view hint) {
    throw Error(ErrorKind::input, fmt::format("{}: this is {}, not a tensor file", file.name(), what),
                std::string(hint));
  };
  for (const auto& mistake : kMistakes)
    if (begin.starts_with(mistake.begin)) refuse(mistake.what, mistake.hint);
  if (is_onnx(begin)) refuse("an ONNX model", kGiveOther);
  if (text_at(file, kTarMarkAt, kTarMark.size()) == kTarMark) refuse("a tar archive", kUnpack);
}

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
  return read_tensor_file(HeldFile::open(path));
}

TensorFile read_tensor_file(std::shared_ptr<const HeldFile> file) {
  const auto begin = text_at(*file, 0, 64);
  if (begin.starts_with("PK\x03\x04")) return read_pt(std::move(file));
  if (!begins_like_safetensors(begin)) refuse_mistakes(*file, begin);
  return read_safetensors(std::move(file));
}

}  // namespace octet
