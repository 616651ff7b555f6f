#include "ui/plots/chart_file.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QLocale>
#include <QSvgGenerator>
#include <QTableWidget>
#include <algorithm>

#include "ui/csv.h"

namespace octet::ui {
namespace {

QString csv_cell(const QString& text, int column) {
  bool is_number = false;  // the first column has names, which may look like one
  if (const double value = QLocale().toDouble(text, &is_number); column > 0 && is_number)
    return QString::number(value, 'g', 9);
  if (std::ranges::none_of(text, [](QChar sign) { return sign.isLetterOrNumber(); })) return {};  // a dash
  return csv_quoted(text);
}

}  // namespace

QImage image_of(QCustomPlot& plot) {
  constexpr double kDensity = 2;
  return plot.toPixmap(plot.width(), plot.height(), kDensity).toImage();
}

FileContent png_of(QCustomPlot& plot) {
  return [image = image_of(plot)] {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    image.save(&buffer, "PNG");
    return bytes;
  };
}

FileContent svg_of(QCustomPlot& plot, const QString& title, const QString& description) {
  QByteArray bytes;
  QBuffer buffer(&bytes);
  QSvgGenerator writer;
  writer.setOutputDevice(&buffer);
  writer.setSize(plot.size());
  writer.setViewBox(plot.rect());
  writer.setTitle(title);
  writer.setDescription(description);
  QCPPainter painter;
  painter.begin(&writer);
  painter.setMode(QCPPainter::pmVectorized);
  painter.setMode(QCPPainter::pmNoCaching);
  plot.toPainter(&painter, plot.width(), plot.height());
  painter.end();
  return [bytes] { return bytes; };
}

QString csv_of(const QTableWidget& table) {
  QString csv;
  const auto add = [&](const auto& text_at) {
    for (int column = 0; column < table.columnCount(); ++column)
      csv += (column > 0 ? QStringLiteral(",") : QString()) + csv_cell(text_at(column), column);
    csv += QStringLiteral("\r\n");
  };
  const auto text = [](const QTableWidgetItem* item) { return item ? item->text() : QString(); };
  add([&](int column) { return text(table.horizontalHeaderItem(column)); });
  for (int row = 0; row < table.rowCount(); ++row)
    add([&](int column) { return text(table.item(row, column)); });
  return csv;
}

WriteRequest::WriteRequest(QString at, FileContent made, QPointer<QObject> asked, WriteEnd told)
    : QEvent(kind()),
      path(std::move(at)),
      content(std::move(made)),
      from(std::move(asked)),
      ended(std::move(told)) {
  ignore();
}

QEvent::Type WriteRequest::kind() {
  static const auto registered = static_cast<Type>(registerEventType());
  return registered;
}

bool ask_to_write(QObject& from, const QString& path, const FileContent& content, WriteEnd ended) {
  WriteRequest request(path, content, &from, std::move(ended));
  for (auto* asked = &from; asked && !request.isAccepted(); asked = asked->parent())
    QCoreApplication::sendEvent(asked, &request);
  return request.isAccepted();
}

}  // namespace octet::ui
