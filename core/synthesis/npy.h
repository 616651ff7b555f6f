#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/precision.h"

namespace octet {

struct IntegerArray {
  Shape shape;
  std::vector<std::int64_t> values;  ///< as the file orders them; of a single row, all orders are one
};

/// Whether a file begins like a NumPy array (numpy/lib/format.py).
bool is_npy(std::string_view begin);

/// Reads a NumPy array of any integer type, in either byte order, of format 1 to 3. Throws Error(input)
/// beginning with `origin`: other element types, damaged, a value beyond int64.
IntegerArray read_npy_integers(std::span<const std::byte> bytes, const std::string& origin);

}  // namespace octet
