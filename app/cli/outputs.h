#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/console.h"

namespace octet::cli {

using Paths = std::vector<std::filesystem::path>;

/// Before any work: throws Error(usage) when an output is an input or another output, when standard input is
/// read twice, and when standard output would get a result where it is a terminal or --json has to go there;
/// Error(output) when an output cannot be written. Empty paths are none.
void check_places(const Globals& globals, const Paths& outputs, const Paths& inputs);

/// What a command says at its end: on stdout, or on stderr where one of its outputs is on stdout.
void print_beside(const Paths& outputs, const Globals& globals, std::string_view text);

/// Writes text, atomically where it is a file; "-" is stdout.
void write_text(const std::filesystem::path& path, const std::string& text);

/// Makes `folder` and its parents. Throws Error(output).
void make_folder(const std::filesystem::path& folder);

/// 1.25, 1 -> "1.2"
std::string decimals(double value, int digits);

/// 1234567 -> "1.2 MB" (10^6 bytes)
std::string megabytes(std::uint64_t bytes);

}  // namespace octet::cli
