#include "core/synthesis/token_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "core/checkpoint/safetensors_reader.h"
#include "core/error.h"
#include "core/held_file.h"
#include "core/synthesis/input_file.h"
#include "core/synthesis/npy.h"
#include "core/text_encoding.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

using Tokens = std::vector<std::int64_t>;

constexpr auto kTokens = "speech_tokens";
constexpr std::string_view kBlank = " \t\r\n";

/// JSON, or numbers.
bool is_text(std::string_view text) {
  for (const std::string_view mark : {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"})
    if (text.starts_with(mark)) return true;
  const auto first = text.find_first_not_of(kBlank);
  return first != text.npos && std::string_view("[{-0123456789").find(text[first]) != std::string_view::npos;
}

Tokens tokens_of_numbers(std::string_view text, const std::string& origin) {
  constexpr std::string_view kBetween = " \t\r\n,";
  Tokens tokens;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(kBetween), text.size()));
    if (text.empty()) return tokens;
    const auto word = text.substr(0, text.find_first_of(kBetween));
    std::int64_t token = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), token);
    if (error != std::errc() || end != word.data() + word.size())
      throw Error(
          ErrorKind::input,
          fmt::format("{}: \"{}\" at position {} is no token id", origin, word.substr(0, 40), tokens.size()),
          "token ids are whole numbers");
    tokens.push_back(token);
    text.remove_prefix(word.size());
  }
}

Tokens tokens_of_json(std::string_view text, const std::string& origin) {
  const auto fail = [&](const std::string& what) {
    throw Error(ErrorKind::input, fmt::format("{}: {}", origin, what),
                "give a list of whole numbers, alone or under \"speech_tokens\"");
  };
  const auto root = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) fail("is not valid JSON");
  const auto* list = &root;
  if (root.is_object()) {
    if (!root.contains(kTokens)) fail("has no list speech_tokens");
    list = &root[kTokens];
  }
  if (!list->is_array()) fail("holds no list of tokens");
  if (const auto rows = static_cast<std::int64_t>(list->size()); rows > 0 && list->front().is_array()) {
    only_row({rows, static_cast<std::int64_t>(list->front().size())}, {}, origin);
    list = &list->front();
  }
  Tokens tokens;
  for (const auto& token : *list) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    if (!token.is_number_integer() || (token.is_number_unsigned() && token.get<std::uint64_t>() > kMost))
      fail(fmt::format("its token at position {} is not a whole number", tokens.size()));
    tokens.push_back(token.get<std::int64_t>());
  }
  return tokens;
}

/// The lists of a .pt without tensors.
Tokens tokens_of_lists(const InputFile& file) {
  const auto& lists = file.file().integers;
  if (lists.size() == 1) return lists.begin()->second;
  std::vector<std::string> names;
  for (const auto& [name, list] : lists) names.push_back(name);
  file.fail(fmt::format("holds the tokens of {} utterances: {}", names.size(), listed(names)),
            "save those of one: torch.save(torch.load(path)[name], \"one.pt\")");
}

TokenFile tokens_of_tensors(const InputFile& file) {
  const auto names = file.names();
  if (names.empty() && !file.file().integers.empty()) return {tokens_of_lists(file), {}};
  const auto name = names.size() == 1 ? names.front() : kTokens;
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
  if (!is_text(begin) || begins_like_safetensors(begin))
    return tokens_of_tensors(InputFile(read_tensor_file(file)));
  const auto text = to_utf8(file->text(), name);
  const auto first = text.find_first_not_of(kBlank);
  const bool json = first != text.npos && (text[first] == '[' || text[first] == '{');
  return {json ? tokens_of_json(text, name) : tokens_of_numbers(text, name), {}};
} catch (...) {
  rethrow_as_error();
}

}  // namespace octet
