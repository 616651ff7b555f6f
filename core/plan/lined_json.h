#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace octet {

struct LinedMember;

/// A JSON value that knows the lines it came from, for messages about files that people edit.
struct LinedJson {
  enum class Kind { object, array, scalar };

  Kind kind = Kind::scalar;
  int line = 0;                      ///< where it begins, from 1
  std::vector<LinedMember> members;  ///< of an object, in order
  std::vector<LinedJson> elements;   ///< of an array
  nlohmann::json scalar;             ///< string, number, boolean or null

  const LinedMember* find(std::string_view key) const;
  /// The same value without lines.
  nlohmann::json plain() const;
};

struct LinedMember {
  std::string key;
  int line = 0;
  LinedJson value;
};

/// Parses `text`, UTF-8 or UTF-16; `origin` names it in errors. Throws Error(input) with the line for
/// malformed JSON, a key that comes twice in an object, and nesting beyond 32 levels.
LinedJson parse_lined_json(std::string_view text, std::string_view origin);

}  // namespace octet
