#include "app/cli/outputs.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/output_place.h"

namespace octet::cli {
namespace {

bool is_on_stdout(const std::filesystem::path& output) {
  if (output.empty()) return false;
  const auto place = find_output_place(output);
  return place.kind == OutputPlace::Kind::descriptor && place.descriptor == STDOUT_FILENO;
}

}  // namespace

void check_places(const Globals& globals, const Paths& outputs, const Paths& inputs) {
  if (std::ranges::count(inputs, "-") > 1)
    throw Error(ErrorKind::usage, "standard input (-) can be read only once", "give a file instead");
  check_outputs(outputs, inputs);
  for (const auto& output : outputs)
    if (!output.empty()) check_writable(output);
  if (std::ranges::none_of(outputs, is_on_stdout)) return;
  if (::isatty(STDOUT_FILENO) == 1)
    throw Error(ErrorKind::usage, "standard output is a terminal, and the result is no text",
                "send it to a file or another program");
  if (globals.json)
    throw Error(ErrorKind::usage, "--json needs standard output, where the result goes",
                "write the result to a file, or leave --json out");
}

void print_beside(const Paths& outputs, const Globals& globals, std::string_view text) {
  if (std::ranges::any_of(outputs, is_on_stdout)) return note(globals, text);
  print(text);
}

void write_text(const std::filesystem::path& path, const std::string& text) {
  write_file_atomically(path, [&](const ByteSink& sink) { sink(std::as_bytes(std::span(text))); });
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure)
    throw Error(ErrorKind::output, "cannot make the folder " + folder.string() + ": " + failure.message());
}

std::string decimals(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string megabytes(std::uint64_t bytes) { return decimals(static_cast<double>(bytes) / 1e6, 1) + " MB"; }

}  // namespace octet::cli
