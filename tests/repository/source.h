#pragma once

#include <QDir>
#include <QDirIterator>
#include <QRegularExpression>
#include <functional>

namespace octet::test {

/// The same length, with blanks for comments and for what stands between quotes.
inline QString code_of(const QString& source) {
  static const QRegularExpression quoted("//[^\\n]*|\"(?:\\\\.|[^\"\\\\])*\"|'(?:\\\\.|[^'\\\\])'");
  auto code = source;
  for (const auto& match : quoted.globalMatch(source)) {
    const int kept = match.captured().startsWith('/') ? 0 : 1;
    for (auto i = match.capturedStart() + kept; i < match.capturedEnd() - kept; ++i) code[i] = ' ';
  }
  return code;
}

/// Of the window's sources, each with its path in the repository. How many there were.
inline int each_window_source(const std::function<void(const QString& name, const QString& source)>& see) {
  const QDir root(OCTET_SOURCE_DIR);
  int seen = 0;
  for (const auto* folder : {"ui", "app/workbench"}) {
    QDirIterator files(root.filePath(folder), {"*.h", "*.cpp"}, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
      QFile file(files.next());
      if (!file.open(QIODevice::ReadOnly)) qFatal("%s cannot be read", qPrintable(file.fileName()));
      see(root.relativeFilePath(file.fileName()), QString::fromUtf8(file.readAll()));
      ++seen;
    }
  }
  return seen;
}

}  // namespace octet::test
