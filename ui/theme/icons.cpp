#include "ui/theme/icons.h"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QMetaEnum>
#include <QPainter>
#include <QPalette>
#include <QPixmapCache>
#include <QSvgRenderer>

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

/// A drawing in `currentColor`, which is the palette's.
class SvgIcon : public QIconEngine {
 public:
  explicit SvgIcon(const QString& file) : file_(file) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    const int side = std::min(rect.width(), rect.height());
    QRect square(0, 0, side, side);
    square.moveCenter(rect.center());
    painter->drawPixmap(square, drawn(side, painter->device()->devicePixelRatioF(), colour_of(mode)));
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
  QPixmap drawn(int side, double scale, const QColor& colour) const {
    const auto key = QStringLiteral("%1 %2 %3 %4").arg(file_, colour.name()).arg(side).arg(scale);
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap)) return pixmap;
    QFile file(file_);
    if (!file.open(QIODevice::ReadOnly)) qFatal("no icon %s", qPrintable(file_));
    QSvgRenderer drawing(file.readAll().replace("currentColor", colour.name().toLatin1()));
    pixmap = QPixmap(QSize(side, side) * scale);
    pixmap.setDevicePixelRatio(scale);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    drawing.render(&painter, QRectF(0, 0, side, side));
    painter.end();
    QPixmapCache::insert(key, pixmap);
    return pixmap;
  }

  QString file_;
};

}  // namespace

QIcon icon(Icon name) {
  const auto key = QMetaEnum::fromType<Icon>().valueToKey(static_cast<int>(name));
  return QIcon(new SvgIcon(QStringLiteral(":/icons/%1.svg").arg(QLatin1String(key))));
}

}  // namespace octet::ui
