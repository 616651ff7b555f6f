#pragma once

#include <QString>

namespace octet::ui {

/// Drives a window through its states on the demo voice and writes a picture of each, at two sizes, light and
/// dark, as PANEL-WIDTHxHEIGHT-light|dark.png into `folder`, which is made. Returns an exit code; says on
/// standard error what went wrong.
int take_screenshots(const QString& folder);

}  // namespace octet::ui
