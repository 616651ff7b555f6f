#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace octet {

/// A value that a pickle describes. A pickle is a program that calls functions; none is called here: what a
/// call would give is an object that tells which call it was.
struct PickleValue {
  enum class Kind {
    other,  ///< None, True, False, floats, bytes, integers of more than 64 bits
    integer,
    text,
    global,     ///< a class or function: `text` is "module name"
    sequence,   ///< list, tuple, set
    mapping,    ///< keys and values by turns
    object,     ///< function, arguments, then what was put in later: states, sequences, mappings
    persistent  ///< what lies outside of the pickle: the parts of its id
  };
  Kind kind = Kind::other;
  std::int64_t integer = 0;
  std::string_view text = {};
  std::vector<const PickleValue*> items = {};
};

/// All values of a pickle; they can refer to one another in circles. Texts lie in the bytes that were read.
struct PickleGraph {
  std::deque<PickleValue> values;
  std::deque<std::string> names;  ///< of globals
  const PickleValue* root = nullptr;
};

/// Reads a pickle of protocol 2 to 5 (Python's pickletools.py describes the instructions). Takes at most some
/// 300 MB, whatever the bytes say. LibTorch's own Unpickler reads no OrderedDict, hence no state dict, and
/// does not check its stack. Throws Error(input) beginning with `origin`.
PickleGraph run_pickle(std::span<const std::byte> pickle, const std::string& origin);

}  // namespace octet
