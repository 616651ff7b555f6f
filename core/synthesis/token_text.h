#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/precision.h"

namespace octet {

/// The list of a JSON object, or the tensor of a file with several, that is meant.
inline constexpr auto kSpeechTokens = "speech_tokens";

/// Whether a file begins like a text of tokens: JSON, or numbers.
bool is_token_text(std::string_view begin);

/// The token ids of a text in UTF-8 or UTF-16: a JSON list (alone, or under kSpeechTokens), or whole
/// numbers between spaces, commas and line ends. Throws Error(input) beginning with `origin`.
std::vector<std::int64_t> tokens_of_text(std::string_view bytes, const std::string& origin);

/// The only row of token ids; `what` names them. Throws Error(input) when `shape` is not [N] or [1, N].
std::vector<std::int64_t> only_row(const Shape& shape, std::vector<std::int64_t> values,
                                   const std::string& what);

}  // namespace octet
