#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/progress.h"

namespace octet::cli {

/// What the user asked for with the global options.
struct Globals {
  std::string device = "auto";
  int threads = 0;  ///< 0: as many as cores
  std::uint64_t seed = 0;
  bool allow_empty = false;  ///< plans of whose rules none matches a layer
  bool json = false;
  bool quiet = false;
};

/// Throws Error(output) with the system's reason when what was printed so far cannot be written.
void flush_standard_output();

/// Results go to stdout, all else to stderr. Throws Error(output) where stdout takes nothing more.
void print(std::string_view text);
void print_json(const nlohmann::ordered_json& value);
void note(const Globals& globals, std::string_view text);
/// What a person has to know of a result: also with --quiet, which silences progress and notes.
void warn(std::string_view text);

/// Warnings on one result: said as they come, and kept for --json.
class Warnings {
 public:
  explicit Warnings(std::vector<std::string> said = {}) : said_(std::move(said)) {}
  void say(const std::vector<std::string>& warnings) {
    for (const auto& warning : warnings) warn(said_.emplace_back(warning));
  }
  const std::vector<std::string>& said() const { return said_; }

 private:
  std::vector<std::string> said_;
};

/// A bar with the time left on a terminal, nothing when piped. Must live as long as the control it gives is
/// used.
class ProgressBar {
 public:
  explicit ProgressBar(const Globals& globals);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// Reports here; stops when the user interrupts.
  JobControl control();

 private:
  void show(const Progress& progress);

  bool visible_;
  std::string stage_;
  std::chrono::steady_clock::time_point stage_begin_;
};

}  // namespace octet::cli
