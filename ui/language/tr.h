#pragma once

#include <QCoreApplication>

namespace octet::ui {

/// For functions that are of no class: lupdate finds what they say in the context of their namespace.
inline QString tr(const char* text, const char* comment = nullptr, int n = -1) {
  return QCoreApplication::translate("octet::ui", text, comment, n);
}

}  // namespace octet::ui
