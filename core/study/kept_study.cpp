#include "core/study/kept_study.h"

#include <span>

#include "core/atomic_file.h"
#include "core/output_place.h"

namespace octet {

StudyJournal::StudyJournal(const std::filesystem::path& result) {
  const bool is_file = !result.empty() && find_output_place(result).kind == OutputPlace::Kind::file;
  if (is_file) path_ = result;
}

void StudyJournal::keep(std::function<std::string()> text) {
  if (path_.empty()) return;
  unwritten_ = std::move(text);
  const auto now = std::chrono::steady_clock::now();
  if (now - written_ < std::chrono::seconds(1)) return;
  finish();
  written_ = now;
}

void StudyJournal::finish() {
  if (!unwritten_) return;
  const auto text = unwritten_();
  write_file_atomically(path_, [&](const ByteSink& sink) { sink(std::as_bytes(std::span(text))); });
  unwritten_ = nullptr;
}

}  // namespace octet
