#pragma once

#include <QByteArray>
#include <QEvent>
#include <QImage>
#include <QString>
#include <functional>

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

/// Goes up from a widget to the first of its parents that writes files, and accepts it.
class WriteRequest : public QEvent {
 public:
  WriteRequest(QString path, FileContent content);
  static Type kind();

  const QString path;
  const FileContent content;
};

/// False where none of its parents writes files.
bool ask_to_write(QObject& from, const QString& path, const FileContent& content);

}  // namespace octet::ui
