#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>

namespace octet::cli {

// For the values of options. CLI11's own conversions read 010 as 8, 0x10 as 16 and nan as a number in every
// range.

/// Decimal digits of a number from `least` to `most`, without leading zeros.
CLI::Validator whole_number(std::uint64_t least, std::uint64_t most);

/// A finite decimal number from `least` to `most`: 2, 0.5, 1e-3.
CLI::Validator decimal_number(double least, double most);

}  // namespace octet::cli
