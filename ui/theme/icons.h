#pragma once

#include <QIcon>

namespace octet::ui {

enum class Icon {
  play,
  pause,
  stop,
  loop,
  to_start,
  back,
  forward,
  swap,
  speaker,
  muted,
  lock,
  unlock,
  open,
  save,
  undo,
  redo,
  export_file,
  cancel,
  settings,
  search,
  add,
  remove,
  check,
  warning,
  info,
  synthesize,
  waveform,
  spectrogram,
  measures,
  tree,
  microphone,
  clock
};

/// Every icon of the window, drawn as lines on one grid of 24 by 24. It takes the palette's colour each time
/// it is painted, so it follows light and dark by itself, and is sharp at any scale.
QIcon icon(Icon name);

}  // namespace octet::ui
