#include "core/synthesis/token_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/safetensors_reader.h"
#include "core/error.h"
#include "core/synthesis/input_file.h"
#include "core/synthesis/npy.h"
#include "core/text_encoding.h"

namespace octet {
namespace {

using Bytes = std::span<const std::byte>;
using Tokens = std::vector<std::int64_t>;

constexpr auto kTokens = "speech_tokens";

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// JSON, or numbers.
bool is_text(Bytes bytes) {
  const auto text = text_of(bytes);
  for (const std::string_view mark : {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"})
    if (text.starts_with(mark)) return true;
  const auto first = text.find_first_not_of(" \t\r\n");
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
  TokenFile result{file.ids(name), {}};
  std::ranges::copy_if(names, std::back_inserter(result.unused),
                       [&](const std::string& other) { return other != name && !other.ends_with("_len"); });
  return result;
}

TokenFile tokens_in(Bytes bytes, const std::string& origin, std::shared_ptr<const void> owner) {
  if (is_npy(bytes)) {
    auto array = read_npy_integers(bytes, origin);
    return {only_row(array.shape, std::move(array.values), origin), {}};
  }
  if (is_text(bytes) && !begins_like_safetensors(bytes)) {
    const auto text = to_utf8(text_of(bytes), origin);
    const auto first = text.find_first_not_of(" \t\r\n");
    const bool json = first != text.npos && (text[first] == '[' || text[first] == '{');
    return {json ? tokens_of_json(text, origin) : tokens_of_numbers(text, origin), {}};
  }
  return tokens_of_tensors({read_tensor_file(bytes, origin, std::move(owner)), origin});
}

}  // namespace

TokenFile read_tokens(const std::filesystem::path& path) {
  const auto file = MappedFile::open(path);
  return tokens_in(file->bytes(), path.string(), file);
}

TokenFile read_tokens(Bytes bytes, const std::string& origin) { return tokens_in(bytes, origin, nullptr); }

}  // namespace octet
