#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace octet {

/// A pattern over layer names: `*` matches any text, dots included, `?` one character, `{a,b}` one of the
/// alternatives (which may hold `*` and `?`, but no braces). All else matches itself; there is no escape.
/// Matching takes time in proportion to name length times pattern length at most.
class Glob {
 public:
  /// Throws Error(usage) naming the pattern when braces do not pair or are nested, or when it is longer than
  /// 10,000 steps; many `*` in a row are one.
  explicit Glob(std::string_view pattern);

  /// Whether the whole name matches.
  bool matches(std::string_view name) const;
  /// Whether some name that begins with `prefix` could match.
  bool reaches(std::string_view prefix) const;

 private:
  enum class Step { literal, any, star, fork, accept };
  struct State {
    Step step;
    char literal;
    std::vector<std::size_t> next;  ///< several only for a fork
  };

  class Live;

  /// The states that reading `text` can lead to.
  std::vector<std::size_t> run(std::string_view text) const;

  std::vector<State> states_;  ///< a small automaton; the last state accepts
};

/// Whether `text` holds a character that is special in patterns; if not, it can only match itself.
bool is_pattern(std::string_view text);

}  // namespace octet
