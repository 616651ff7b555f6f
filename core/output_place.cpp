#include "core/output_place.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "core/error.h"

namespace octet {
namespace fs = std::filesystem;
namespace {

constexpr auto kStandard = "-";

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
  throw Error(ErrorKind::output, fmt::format("cannot write {}: {}", output_name(path), why));
}

/// The number of a descriptor of this process, when `path` names one: /proc/self/fd/1, /dev/fd/1.
std::optional<int> own_descriptor(const fs::path& path) {
  const auto name = path.filename().string();
  int number = 0;
  const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (failure != std::errc() || end != name.data() + name.size()) return std::nullopt;
  std::error_code unknown;
  const auto folder = fs::canonical(path.parent_path(), unknown);
  if (unknown || folder != fs::canonical("/proc/self/fd", unknown)) return std::nullopt;
  return number;
}

/// Which file it is, whatever its name.
using Identity = std::pair<dev_t, ino_t>;

/// None for what keeps nothing of what is written to it, such as a terminal.
std::optional<Identity> identity(const struct stat& status) {
  if (S_ISCHR(status.st_mode)) return std::nullopt;
  return Identity(status.st_dev, status.st_ino);
}

std::optional<Identity> identity_of_input(const fs::path& path) {
  struct stat status {};
  const int failed = path == kStandard ? ::fstat(STDIN_FILENO, &status) : ::stat(path.c_str(), &status);
  return failed == 0 ? identity(status) : std::nullopt;
}

std::optional<Identity> identity_of(const OutputPlace& place) {
  struct stat status {};
  const int failed = place.kind == OutputPlace::Kind::descriptor ? ::fstat(place.descriptor, &status)
                                                                 : ::stat(place.path.c_str(), &status);
  return failed == 0 ? identity(status) : std::nullopt;
}

/// The folder that exists, and the name in it.
fs::path spelt_out(const fs::path& path) {
  std::error_code unknown;
  return fs::weakly_canonical(path, unknown);
}

bool are_one(const OutputPlace& first, const OutputPlace& second) {
  const auto one = identity_of(first), other = identity_of(second);
  if (one || other) return one == other;
  const bool both_new = first.kind == OutputPlace::Kind::file && second.kind == OutputPlace::Kind::file;
  return both_new && spelt_out(first.path) == spelt_out(second.path);
}

}  // namespace

OutputPlace find_output_place(const fs::path& path) {
  constexpr int kMostLinks = 40;  // as the kernel
  if (path == kStandard) return {OutputPlace::Kind::descriptor, path, STDOUT_FILENO};
  auto end = path;
  std::error_code unknown;
  for (int links = 0;; ++links) {
    if (const auto number = own_descriptor(end)) return {OutputPlace::Kind::descriptor, end, *number};
    if (!fs::is_symlink(fs::symlink_status(end, unknown))) break;
    if (links == kMostLinks) fail(path, std::generic_category().message(ELOOP));
    end = end.parent_path() / fs::read_symlink(end, unknown);
  }
  const auto status = fs::status(end, unknown);
  switch (status.type()) {
    case fs::file_type::directory: fail(path, std::generic_category().message(EISDIR));
    case fs::file_type::fifo:
    case fs::file_type::character: return {OutputPlace::Kind::stream, end, -1};
    case fs::file_type::block:
    case fs::file_type::socket: fail(path, "not a regular file");
    default: return {OutputPlace::Kind::file, end, -1};
  }
}

std::string output_name(const fs::path& path) {
  return path == kStandard ? "standard output" : path.string();
}

void check_outputs(const std::vector<fs::path>& outputs, const std::vector<fs::path>& inputs) {
  std::vector<std::pair<fs::path, OutputPlace>> places;
  for (const auto& output : outputs) {
    if (output.empty()) continue;
    const auto place = find_output_place(output);
    for (const auto& input : inputs) {
      const auto input_name = input == kStandard ? "standard input" : input.string();
      const auto read = input.empty() ? std::nullopt : identity_of_input(input);
      if (read && read == identity_of(place))
        throw Error(ErrorKind::usage,
                    fmt::format("{} is {}read here: the result would take its place", output_name(output),
                                output == input && input != kStandard
                                    ? ""
                                    : fmt::format("the same file as {}, which is ", input_name)),
                    "choose another name for the result");
    }
    for (const auto& [name, other] : places)
      if (are_one(place, other))
        throw Error(ErrorKind::usage,
                    fmt::format("{} and {} are the same file", output_name(name), output_name(output)),
                    "give each result a name of its own");
    places.emplace_back(output, place);
  }
}

}  // namespace octet
