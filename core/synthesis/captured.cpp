#include "core/synthesis/captured.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/error.h"
#include "core/held_file.h"
#include "core/synthesis/tensor_inputs.h"
#include "core/synthesis/token_file.h"

namespace octet {
namespace {

namespace fs = std::filesystem;

constexpr auto kDescription = "capture.json";

/// What capture.json says.
struct Description {
  fs::path tokens, conds, noise;
  int steps = 0;
  bool meanflow = false;
};

[[noreturn]] void fail(const fs::path& file, const std::string& why) {
  throw Error(ErrorKind::input, fmt::format("{}: {}", file.string(), why),
              "octet_s3gen.capture writes such folders");
}

/// Files lie beside the description, whatever it says.
fs::path beside(const fs::path& file, const std::string& name) {
  const fs::path path(name);
  if (name.empty() || path.filename() != path || name == "." || name == "..")
    fail(file, fmt::format("\"{}\" is no name of a file beside it", name));
  return file.parent_path() / path;
}

Description read_description(const fs::path& folder) try {
  const auto file = folder / kDescription;
  const auto json = nlohmann::json::parse(HeldFile::open(file)->text());
  Description said;
  said.meanflow = json.value("meanflow", false);
  const auto arguments = json.at("arguments").get<std::vector<std::string>>();
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const auto& option = arguments[i];
    if (i + 1 == arguments.size()) fail(file, option + " has no value");
    const auto& value = arguments[i + 1];
    if (option == "--tokens") {
      said.tokens = beside(file, value);
    } else if (option == "--conds") {
      said.conds = beside(file, value);
    } else if (option == "--noise") {
      said.noise = beside(file, value);
    } else if (option == "--steps") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), said.steps);
      if (error != std::errc() || end != value.data() + value.size() || said.steps < 1 || said.steps > 50)
        fail(file, fmt::format("\"{}\" is no number of steps", value));
    } else {
      fail(file, option + " is no argument that capture writes");
    }
  }
  if (said.tokens.empty() || said.conds.empty()) fail(file, "it names no tokens, or no conds");
  return said;
} catch (const nlohmann::json::exception& error) {
  fail(folder / kDescription, error.what());
}

/// Numbers by their value, before other names.
auto order_of(const fs::path& folder) {
  const auto name = folder.filename().string();
  const bool is_number = std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
  const auto digits = is_number ? name.substr(std::min(name.find_first_not_of('0'), name.size())) : "";
  return std::tuple(!is_number, digits.size(), digits, name);
}

}  // namespace

bool is_captured_utterance(const fs::path& folder) {
  std::error_code failure;
  return fs::is_regular_file(folder / kDescription, failure);
}

std::vector<fs::path> captured_utterances(const fs::path& folder) {
  if (is_captured_utterance(folder)) return {folder};
  std::error_code failure;
  if (!fs::is_directory(folder, failure)) return {};
  std::vector<fs::path> found;
  fs::directory_iterator entries(folder, failure);
  for (; !failure && entries != fs::directory_iterator(); entries.increment(failure)) {
    const auto& path = entries->path();
    if (!path.filename().string().starts_with('.') && is_captured_utterance(path)) found.push_back(path);
  }
  if (failure)
    throw Error(ErrorKind::input, "cannot read the folder " + folder.string() + ": " + failure.message());
  std::ranges::sort(found, {}, order_of);
  return found;
}

std::vector<fs::path> files_of_captured(const fs::path& folder) {
  const auto said = read_description(folder);
  std::vector<fs::path> files{folder / kDescription, said.tokens, said.conds};
  if (!said.noise.empty()) files.push_back(said.noise);
  return files;
}

CapturedUtterance read_captured(const fs::path& folder) {
  const auto said = read_description(folder);
  CapturedUtterance utterance{
      .name = folder.filename().string(), .request = {}, .meanflow = said.meanflow, .notices = {}};
  auto& [name, request, meanflow, notices] = utterance;
  if (name.empty()) name = folder.parent_path().filename().string();  // written with a slash behind
  auto tokens = read_tokens(said.tokens);
  auto voice = read_conditioning(said.conds);
  request.tokens = std::move(tokens.tokens);
  request.voice = std::move(voice.voice);
  if (!said.noise.empty()) request.noise = read_noise(said.noise);
  request.steps = said.steps;
  for (const auto& notes : {tokens.notices, voice.notices})
    notices.insert(notices.end(), notes.begin(), notes.end());
  return utterance;
}

}  // namespace octet
