#pragma once

#include <QString>

namespace octet::ui {

/// A path as people read it: what is in their home begins with "~".
QString shown_path(const QString& path);

/// The path that is shown or typed so.
QString full_path(const QString& shown);

}  // namespace octet::ui
