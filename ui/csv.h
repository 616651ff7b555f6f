#pragma once

#include <QString>

namespace octet::ui {

/// A cell of text in a table of RFC 4180, on one line: quoted where it holds what would end it.
inline QString csv_quoted(QString text) {
  text.replace('\n', ' ').replace('\r', ' ');
  if (!text.contains(',') && !text.contains('"')) return text;
  return '"' + text.replace('"', QLatin1String("\"\"")) + '"';
}

}  // namespace octet::ui
