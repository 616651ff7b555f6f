#include "ui/theme/icons.h"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QMetaEnum>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>
#include <map>
#include <memory>
#include <utility>

namespace octet::ui {
namespace {

QColor colour_of(QIcon::Mode mode) {
  const auto palette = QGuiApplication::palette();
  switch (mode) {
    case QIcon::Disabled: return palette.color(QPalette::Disabled, QPalette::ButtonText);
    case QIcon::Selected: return palette.color(QPalette::HighlightedText);
    default: return palette.color(QPalette::ButtonText);
  }
}

/// A file drawn in this colour where it says `currentColor`. Some dozen icons have a few colours.
QSvgRenderer& drawing(const QString& file, const QColor& colour) {
  static std::map<std::pair<QString, QRgb>, std::unique_ptr<QSvgRenderer>> known;
  auto& drawing = known[{file, colour.rgb()}];
  if (drawing) return *drawing;
  QFile text(file);
  if (!text.open(QIODevice::ReadOnly)) qFatal("no icon %s", qPrintable(file));
  drawing = std::make_unique<QSvgRenderer>(text.readAll().replace("currentColor", colour.name().toLatin1()));
  return *drawing;
}

class SvgIcon : public QIconEngine {
 public:
  explicit SvgIcon(const QString& file) : file_(file) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    const int side = std::min(rect.width(), rect.height());
    QRect square(0, 0, side, side);
    square.moveCenter(rect.center());
    drawing(file_, colour_of(mode)).render(painter, square);
  }

  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap canvas(size);
    canvas.fill(Qt::transparent);
    QPainter painter(&canvas);
    paint(&painter, {QPoint(), size}, mode, state);
    return canvas;
  }

  QIconEngine* clone() const override { return new SvgIcon(*this); }

 private:
  QString file_;
};

}  // namespace

QIcon icon(Icon name) {
  const auto key = QMetaEnum::fromType<Icon>().valueToKey(static_cast<int>(name));
  return QIcon(new SvgIcon(QStringLiteral(":/icons/%1.svg").arg(QLatin1String(key))));
}

}  // namespace octet::ui
