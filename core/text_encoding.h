#pragma once

#include <string>
#include <string_view>

namespace octet {

/// A text file's bytes as UTF-8 without byte order mark. UTF-16 (what PowerShell's `>` writes) is told by its
/// mark or, of a text that begins with ASCII, by the zero in its first character. Throws Error(input)
/// beginning with `origin` when it is UTF-16 and damaged.
std::string to_utf8(std::string_view bytes, std::string_view origin);

}  // namespace octet
