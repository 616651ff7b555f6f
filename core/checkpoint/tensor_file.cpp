#include "core/checkpoint/tensor_file.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "core/checkpoint/mapped_file.h"
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

TensorFile open_tensor_file(const std::filesystem::path& path) {
  auto file = MappedFile::open(path);
  const std::string_view begin(reinterpret_cast<const char*>(file->bytes().data()),
                               std::min<std::size_t>(file->bytes().size(), 64));
  if (begin.starts_with("PK\x03\x04")) return read_pt(std::move(file));
  // A safetensors file begins with its header's length, which puts "{" at the ninth byte.
  if (begin.size() < 9 || begin[8] != '{')
    for (const auto& mistake : kMistakes)
      if (begin.starts_with(mistake.begin))
        throw Error(ErrorKind::input,
                    fmt::format("{}: this is {}, not a tensor file", path.string(), mistake.what),
                    std::string(mistake.hint));
  return read_safetensors(std::move(file));
}

}  // namespace octet
