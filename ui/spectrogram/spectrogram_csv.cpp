#include "ui/spectrogram/spectrogram_csv.h"

#include <charconv>
#include <cmath>
#include <string>

#include "core/atomic_file.h"

namespace octet::ui {
namespace {

void append(std::string& line, double value, int decimals) {
  char text[64];
  const auto end =
      std::to_chars(std::begin(text), std::end(text), value, std::chars_format::fixed, decimals).ptr;
  line.append(text, end);
}

}  // namespace

void write_csv(const Spectrogram& spectrogram, const std::string& quantity, const std::filesystem::path& path,
               const JobControl& control) {
  write_file_atomically(path, [&](const ByteSink& sink) {
    std::string line = "time (s)";
    for (int bin = 0; bin < spectrogram.bins; ++bin) {
      line += ',';
      append(line, bin * spectrogram.hz_per_bin, 4);
      line += " Hz (" + quantity + ")";
    }
    line += '\n';
    for (int frame = 0; frame < spectrogram.frames; ++frame) {
      if (frame % 256 == 0) control.at({"writing", frame, spectrogram.frames});
      append(line, frame * spectrogram.seconds_per_frame, 4);
      for (const float level : spectrogram.frame(frame)) {
        line += ',';
        append(line, static_cast<double>(level), 2);
      }
      line += '\n';
      sink(std::as_bytes(std::span(line)));
      line.clear();
    }
    sink(std::as_bytes(std::span(line)));
  });
}

}  // namespace octet::ui
