#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/held_file.h"
#include "core/progress.h"

namespace octet {

/// The file that a study is kept in while it is made. Nothing is kept where `result` is no file, such as a
/// stream: what goes there goes once, when it is complete.
class StudyJournal {
 public:
  explicit StudyJournal(const std::filesystem::path& result);

  /// There is more: `text` says what, now or when the last was written a second ago. Throws Error(output).
  void keep(std::function<std::string()> text);
  /// Writes what was not yet. Throws Error(output).
  void finish();

 private:
  std::filesystem::path path_;
  std::function<std::string()> unwritten_;
  std::chrono::steady_clock::time_point written_;
};

/// `begun` with what `result` has of it, where it is a file. Throws like resumed().
template <typename Study>
Study with_kept(Study begun, const std::filesystem::path& result) {
  std::error_code ignored;
  if (result.empty() || !std::filesystem::is_regular_file(result, ignored)) return begun;
  return resumed(std::move(begun), HeldFile::open(result)->text(), result.string());
}

/// Runs a sweep (sensitivity_sweep.h, pair_sweep.h) and keeps what is done in `result`, a second apart at
/// most, and the last of it where the work ends early: the same study goes on from there. What is complete is
/// the caller's to write. Throws like the sweep's run, and Error(output).
template <typename Sweep>
auto run_kept(Sweep& sweep, const std::filesystem::path& result, const JobControl& control) {
  StudyJournal journal(result);
  try {
    // The study is the sweep's own, so that it outlives the journal.
    return sweep.run(control, [&](const auto& study) { journal.keep([&study] { return to_json(study); }); });
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::output) journal.finish();
    throw;
  }
}

}  // namespace octet
