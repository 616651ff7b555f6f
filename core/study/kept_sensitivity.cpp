#include "core/study/kept_sensitivity.h"

#include <chrono>
#include <optional>
#include <span>

#include "core/atomic_file.h"
#include "core/error.h"
#include "core/held_file.h"
#include "core/output_place.h"
#include "core/study/sensitivity_file.h"

namespace octet {
namespace {

class Journal {
 public:
  explicit Journal(std::filesystem::path path) : path_(std::move(path)) {}

  void keep(const Sensitivity& study) {
    if (path_.empty()) return;
    latest_ = study;
    const auto now = std::chrono::steady_clock::now();
    if (now - written_ < std::chrono::seconds(1)) return;
    write();
    written_ = now;
  }
  void write() {
    if (!latest_) return;
    const auto text = to_json(*latest_);
    write_file_atomically(path_, [&](const ByteSink& sink) { sink(std::as_bytes(std::span(text))); });
    latest_.reset();
  }

 private:
  std::filesystem::path path_;
  std::optional<Sensitivity> latest_;
  std::chrono::steady_clock::time_point written_;
};

}  // namespace

Sensitivity with_kept(Sensitivity begun, const std::filesystem::path& result) {
  std::error_code ignored;
  if (result.empty() || !std::filesystem::is_regular_file(result, ignored)) return begun;
  return resumed(std::move(begun), HeldFile::open(result)->text(), result.string());
}

Sensitivity run_kept(SensitivitySweep& sweep, const std::filesystem::path& result,
                     const JobControl& control) {
  // What goes elsewhere than into a file goes there once, when it is complete.
  const bool is_file = !result.empty() && find_output_place(result).kind == OutputPlace::Kind::file;
  Journal journal(is_file ? result : std::filesystem::path());
  try {
    return sweep.run(control, [&](const Sensitivity& study) { journal.keep(study); });
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::output) journal.write();
    throw;
  }
}

}  // namespace octet
