#include "ui/listen/level_readout.h"

#include <algorithm>
#include <cmath>

#include "ui/listen/decibel.h"
#include "ui/listen/waveform_view.h"

namespace octet::ui {
namespace {

constexpr int kDigits = 5;  // of "−12.1"

/// Of an amplitude, dBFS.
QString dbfs(double amplitude) {
  return amplitude > 0 ? padded(level_number(decibels(amplitude)), kDigits)
                       : padded(QStringLiteral("−∞"), kDigits - 1);  // a wide sign
}

}  // namespace

LevelReadout::LevelReadout(const Player& player, const Timeline& timeline, const WaveformView& waveform)
    : player_(player), timeline_(timeline), waveform_(waveform) {
  setObjectName(QStringLiteral("levelReadout"));
  setAccessibleDescription(tr("Levels of the waveforms where the mouse points, or at the playhead"));
  setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  for (const auto changed : {&Timeline::pointerChanged, &Timeline::visibleChanged})
    connect(&timeline, changed, this, &LevelReadout::read);
  connect(&timeline, &Timeline::cursorChanged, this, [this] {
    if (!player_.playing()) read();  // numbers that run cannot be read
  });
  connect(&player, &Player::playingChanged, this, &LevelReadout::read);
  connect(&player, &Player::tracksChanged, this, &LevelReadout::read);
  read();
}

void LevelReadout::read() {
  constexpr double kLast = 1.0 / kSampleRate;  // seconds: behind it is nothing to read
  const double at = std::min(timeline_.pointer().value_or(timeline_.cursor()), player_.duration() - kLast);
  const double pixel = timeline_.visible().length() / std::max(1, waveform_.width());
  const auto begin = static_cast<std::int64_t>(at * kSampleRate);
  const auto end = std::max(begin + 1, static_cast<std::int64_t>((at + pixel) * kSampleRate));
  QStringList levels;
  for (const auto& track : player_.tracks()) {
    if (begin >= static_cast<std::int64_t>(track.samples->size())) continue;
    const auto [lowest, highest, rms] = track.stretch(begin, end);
    const double peak = std::max(std::abs(lowest), std::abs(highest));
    levels << QStringLiteral("%1 %2/%3").arg(track_letter(track), dbfs(peak), dbfs(rms));
  }
  setText(levels.isEmpty() ? QString()
                           : tr("%1 s, peak/RMS in dBFS:  %2")
                                 .arg(QLocale().toString(at, 'f', 3), levels.join(QStringLiteral("   "))));
}

}  // namespace octet::ui
