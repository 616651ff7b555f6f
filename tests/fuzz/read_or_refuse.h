#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace octet::test {

/// Bytes either are read or are refused by an Error that says the giver can mend it. All else is a fault:
/// another exception ends the program, as do the sanitizers, and libFuzzer at too much time or memory.
template <typename Read>
int read_or_refuse(const Read& read) {
  try {
    read();
  } catch (const Error& error) {
    const bool mendable = error.kind() == ErrorKind::input || error.kind() == ErrorKind::usage;
    if (!mendable || *error.what() == '\0') std::abort();
  }
  return 0;
}

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// A copy of exactly these bytes, so that AddressSanitizer sees what is read beyond them.
inline std::vector<std::byte> copy_of(const std::uint8_t* bytes, std::size_t size) {
  const auto all = std::as_bytes(std::span(bytes, size));
  return {all.begin(), all.end()};
}

}  // namespace octet::test
