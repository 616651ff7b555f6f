#pragma once

#include <QLabel>

#include "ui/listen/player.h"

namespace octet::ui {

class WaveformView;

/// How loud every track is, as it was made, where the mouse points in any row of the timeline, or else at the
/// playhead once it rests: peak and RMS of what one pixel of the waveforms stands for.
class LevelReadout : public QLabel {
  Q_OBJECT

 public:
  /// All of them outlive this.
  LevelReadout(const Player& player, const Timeline& timeline, const WaveformView& waveform);

 private:
  void read();

  const Player& player_;
  const Timeline& timeline_;
  const WaveformView& waveform_;
};

}  // namespace octet::ui
