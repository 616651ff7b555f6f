#pragma once

#include <QByteArray>
#include <QEvent>
#include <QImage>
#include <QPointer>
#include <QString>
#include <functional>
#include <optional>

#include "core/error.h"
#include "ui/plotting.h"

class QTableWidget;

namespace octet::ui {

/// What a file will hold; may be made on any thread.
using FileContent = std::function<QByteArray()>;

/// A plot as it is seen, at twice its size in pixels.
QImage image_of(QCustomPlot& plot);
FileContent png_of(QCustomPlot& plot);
FileContent svg_of(QCustomPlot& plot, const QString& title, const QString& description);
/// RFC 4180; numbers that are written as the person's country does have a point, what is not defined is
/// empty.
QString csv_of(const QTableWidget& table);

/// Hears what came of writing a file: without an error it is complete.
using WriteEnd = std::function<void(const std::optional<Error>&)>;

/// Goes up from a widget to the first of its parents that writes files, and accepts it.
class WriteRequest : public QEvent {
 public:
  WriteRequest(QString path, FileContent content, QPointer<QObject> from, WriteEnd ended);
  static Type kind();

  const QString path;
  const FileContent content;
  const QPointer<QObject> from;
  const WriteEnd ended;  ///< for as long as `from` is there; may be empty
};

/// `ended` is told as long as `from` is there; else who writes the file says what went wrong. The file is
/// written either way. False where none of its parents writes files.
bool ask_to_write(QObject& from, const QString& path, const FileContent& content, WriteEnd ended = {});

}  // namespace octet::ui
