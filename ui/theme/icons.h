#pragma once

#include <QIcon>
#include <QObject>

namespace octet::ui {

/// Every icon of the window; each is the SVG file of its name in resources/icons.
namespace icons {
Q_NAMESPACE
enum class Icon {
  play,
  pause,
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
  synthesize,
  waveform
};
Q_ENUM_NS(Icon)
}  // namespace icons
using icons::Icon;

/// It takes the palette's colour each time it is painted, so it follows light and dark by itself, and is
/// sharp at any scale.
QIcon icon(Icon name);

}  // namespace octet::ui
