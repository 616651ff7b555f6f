#include "core/synthesis/token_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/text_encoding.h"

namespace octet {
namespace {

using Tokens = std::vector<std::int64_t>;

constexpr std::string_view kBlank = " \t\r\n";

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
    if (!root.contains(kSpeechTokens)) fail("has no list speech_tokens");
    list = &root[kSpeechTokens];
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

}  // namespace

bool is_token_text(std::string_view text) {
  for (const std::string_view mark : {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"})
    if (text.starts_with(mark)) return true;
  const auto first = text.find_first_not_of(kBlank);
  return first != text.npos && std::string_view("[{-0123456789").find(text[first]) != std::string_view::npos;
}

Tokens tokens_of_text(std::string_view bytes, const std::string& origin) {
  const auto text = to_utf8(bytes, origin);
  const auto first = text.find_first_not_of(kBlank);
  const bool json = first != text.npos && (text[first] == '[' || text[first] == '{');
  return json ? tokens_of_json(text, origin) : tokens_of_numbers(text, origin);
}

std::vector<std::int64_t> only_row(const Shape& shape, std::vector<std::int64_t> values,
                                   const std::string& what) {
  if (shape.size() == 1 || (shape.size() == 2 && shape[0] == 1)) return values;
  const bool guided = shape.size() == 2 && shape[0] == 2;
  throw Error(ErrorKind::input, fmt::format("{} must be [N] or [1,N], not {}", what, fmt::join(shape, "x")),
              guided ? "T3 with classifier-free guidance gives two rows; the first holds the tokens: save "
                       "tokens[:1]"
                     : "give one sequence at a time");
}

}  // namespace octet
