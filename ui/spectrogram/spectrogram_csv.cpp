#include "ui/spectrogram/spectrogram_csv.h"

#include <charconv>
#include <string>

namespace octet::ui {
namespace {

void append(std::string& line, double value, int decimals) {
  char text[64];
  const auto end =
      std::to_chars(std::begin(text), std::end(text), value, std::chars_format::fixed, decimals).ptr;
  line.append(text, end);
}

}  // namespace

QByteArray csv_of(const Spectrogram& levels, const QString& quantity) {
  std::string csv = "time (s)";
  const auto unit = " Hz (" + quantity.toStdString() + ")";
  for (int bin = 0; bin < levels.bins; ++bin) {
    csv += ',';
    append(csv, bin * levels.hz_per_bin, 4);
    csv += unit;
  }
  csv += '\n';
  for (int frame = 0; frame < levels.frames; ++frame) {
    append(csv, frame * levels.seconds_per_frame, 4);
    for (const float level : levels.frame(frame)) {
      csv += ',';
      append(csv, static_cast<double>(level), 2);
    }
    csv += '\n';
  }
  return QByteArray::fromStdString(csv);
}

}  // namespace octet::ui
