#include "core/synthesis/token_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>

#include "core/checkpoint/safetensors_reader.h"
#include "core/error.h"
#include "core/held_file.h"
#include "core/synthesis/input_file.h"
#include "core/synthesis/npy.h"
#include "core/synthesis/token_text.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

/// The lists of a .pt without tensors.
std::vector<std::int64_t> tokens_of_lists(const InputFile& file) {
  const auto& lists = file.file().integers;
  if (lists.size() == 1) return lists.begin()->second;
  std::vector<std::string> names;
  names.reserve(lists.size());
  for (const auto& [name, list] : lists) names.push_back(name);
  file.fail(fmt::format("holds the tokens of {} utterances: {}", names.size(), listed(names)),
            "save those of one: torch.save(torch.load(path)[name], \"one.pt\")");
}

TokenFile tokens_of_tensors(const InputFile& file) {
  const auto names = file.names();
  if (names.empty() && !file.file().integers.empty()) return {tokens_of_lists(file), {}};
  const auto name = names.size() == 1 ? names.front() : kSpeechTokens;
  return {file.ids(name), file.unused({name})};
}

}  // namespace

TokenFile read_tokens(const std::filesystem::path& path) try {
  const auto file = HeldFile::open(path);
  constexpr std::uint64_t kBegin = 4096;
  std::string begin(std::min(file->size(), kBegin), '\0');
  file->read(0, std::as_writable_bytes(std::span(begin)));
  const auto name = file->name();
  if (is_npy(begin)) {
    const auto bytes = file->text();
    auto array = read_npy_integers(std::as_bytes(std::span(bytes)), name);
    return {only_row(array.shape, std::move(array.values), name), {}};
  }
  if (!is_token_text(begin) || begins_like_safetensors(begin))
    return tokens_of_tensors(InputFile(read_tensor_file(file)));
  return {tokens_of_text(file->text(), name), {}};
} catch (...) {
  rethrow_as_error();
}

}  // namespace octet
