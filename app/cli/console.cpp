#include "app/cli/console.h"

#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/cli/interrupt.h"
#include "core/error.h"

namespace octet::cli {

void flush_standard_output() {
  if (std::cout.flush()) return;
  throw Error(ErrorKind::output, std::string("cannot write to standard output: ") + std::strerror(errno));
}

void print(std::string_view text) {
  std::cout << text;
  if (!text.ends_with('\n')) std::cout << '\n';
  flush_standard_output();
}

void print_json(const nlohmann::ordered_json& value) {
  // Names of files need not be UTF-8, JSON is.
  print(value.dump(1, ' ', /*ensure_ascii=*/false, nlohmann::ordered_json::error_handler_t::replace));
}

void note(const Globals& globals, std::string_view text) {
  if (!globals.quiet) std::cerr << text << '\n';
}

void warn(std::string_view text) { std::cerr << "warning: " << text << '\n'; }

ProgressBar::ProgressBar(const Globals& globals) : visible_(!globals.quiet && isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (visible_) std::cerr << "\r\033[K" << std::flush;
}

JobControl ProgressBar::control() {
  return {interrupt_token(), [this](const Progress& progress) { show(progress); }};
}

void ProgressBar::show(const Progress& progress) {
  if (!visible_) return;
  const auto now = std::chrono::steady_clock::now();
  if (progress.stage != stage_) {
    stage_ = progress.stage;
    stage_begin_ = now;
  }
  std::string line = "\r\033[K" + progress.stage;
  if (progress.total > 0) {
    constexpr int kWidth = 24;
    const int filled = kWidth * progress.done / progress.total;
    line += " [" + std::string(static_cast<std::size_t>(filled), '#') +
            std::string(static_cast<std::size_t>(kWidth - filled), '.') + "] " +
            std::to_string(progress.done) + '/' + std::to_string(progress.total);
    auto left = progress.seconds_left;
    if (!left && progress.done > 0) {
      const std::chrono::duration<double> took = now - stage_begin_;
      left = took.count() * (progress.total - progress.done) / progress.done;
    }
    if (left && progress.done < progress.total) line += "  " + std::to_string(std::lround(*left)) + " s left";
  }
  std::cerr << line << std::flush;
}

}  // namespace octet::cli
