#include "ui/theme/icons.h"

#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>
#include <cmath>
#include <initializer_list>
#include <numbers>

namespace octet::ui {
namespace {

constexpr double kGrid = 24, kPen = 1.8;

/// Lines and areas, on the grid.
struct Drawing {
  QPainterPath lines, areas;

  Drawing& line(std::initializer_list<QPointF> points) { return trace(lines, points); }
  Drawing& shape(std::initializer_list<QPointF> points) {
    trace(lines, points);
    lines.closeSubpath();
    return *this;
  }
  Drawing& area(std::initializer_list<QPointF> points) {
    trace(areas, points);
    areas.closeSubpath();
    return *this;
  }
  Drawing& box(QRectF box, double radius) {
    lines.addRoundedRect(box, radius, radius);
    return *this;
  }
  Drawing& bar(QRectF box) {
    areas.addRoundedRect(box, 1, 1);
    return *this;
  }
  Drawing& ring(QPointF centre, double radius) {
    lines.addEllipse(centre, radius, radius);
    return *this;
  }
  Drawing& dot(QPointF centre, double radius = 1.3) {
    areas.addEllipse(centre, radius, radius);
    return *this;
  }
  /// Angles in degrees, counter-clockwise from three o'clock.
  Drawing& arc(QPointF centre, double radius, double from, double sweep) {
    const QRectF box(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius);
    lines.arcMoveTo(box, from);
    lines.arcTo(box, from, sweep);
    return *this;
  }

 private:
  Drawing& trace(QPainterPath& path, std::initializer_list<QPointF> points) {
    auto point = points.begin();
    path.moveTo(*point);
    while (++point != points.end()) path.lineTo(*point);
    return *this;
  }
};

Drawing padlock(bool closed) {
  Drawing d;
  d.box({5, 11, 14, 9.5}, 2).dot({12, 15.7});
  d.lines.moveTo(8, 11);
  d.lines.lineTo(8, 7.5);
  d.lines.arcTo({8, 3.5, 8, 8}, 180, -180);
  if (closed) d.lines.lineTo(16, 11);
  return d;
}

Drawing loudspeaker() {
  return Drawing().shape({{4, 9.5}, {7.5, 9.5}, {12, 5.5}, {12, 18.5}, {7.5, 14.5}, {4, 14.5}});
}

/// An arrow that turns back: undo; mirrored it is redo.
Drawing turn_back(bool mirrored) {
  Drawing d;
  d.line({{8.5, 4.5}, {4, 9}, {8.5, 13.5}});
  d.lines.moveTo(4, 9);
  d.lines.lineTo(14.5, 9);
  d.lines.arcTo({9.5, 9, 10, 10}, 90, -180);
  d.lines.lineTo(10, 19);
  if (mirrored) d.lines = QTransform(-1, 0, 0, 1, kGrid, 0).map(d.lines);
  return d;
}

Drawing gear() {
  Drawing d;
  d.ring({12, 12}, 5.6).ring({12, 12}, 2);
  for (int tooth = 0; tooth < 8; ++tooth) {
    const double angle = tooth * std::numbers::pi / 4, x = std::cos(angle), y = std::sin(angle);
    d.line({{12 + 5.6 * x, 12 + 5.6 * y}, {12 + 8.6 * x, 12 + 8.6 * y}});
  }
  return d;
}

Drawing drawing(Icon name) {
  Drawing d;
  switch (name) {
    case Icon::play:
      return d.area({{7, 4.5}, {19.5, 12}, {7, 19.5}}).shape({{7, 4.5}, {19.5, 12}, {7, 19.5}});
    case Icon::pause: return d.bar({6, 4.5, 4.2, 15}).bar({13.8, 4.5, 4.2, 15});
    case Icon::stop: return d.bar({5.5, 5.5, 13, 13});
    case Icon::loop:
      d.line({{16.5, 2.5}, {19.5, 5.5}, {16.5, 8.5}}).line({{7.5, 15.5}, {4.5, 18.5}, {7.5, 21.5}});
      d.lines.moveTo(19.5, 5.5);
      d.lines.lineTo(8, 5.5);
      d.lines.arcTo({4.5, 5.5, 7, 7}, 90, 90);
      d.lines.lineTo(4.5, 11.5);
      d.lines.moveTo(4.5, 18.5);
      d.lines.lineTo(16, 18.5);
      d.lines.arcTo({12.5, 11.5, 7, 7}, 270, 90);
      d.lines.lineTo(19.5, 12.5);
      return d;
    case Icon::to_start:
      return d.line({{5.5, 5}, {5.5, 19}})
          .area({{19, 5}, {9, 12}, {19, 19}})
          .shape({{19, 5}, {9, 12}, {19, 19}});
    case Icon::back:
      return d.line({{11.5, 6}, {5.5, 12}, {11.5, 18}}).line({{18.5, 6}, {12.5, 12}, {18.5, 18}});
    case Icon::forward:
      return d.line({{5.5, 6}, {11.5, 12}, {5.5, 18}}).line({{12.5, 6}, {18.5, 12}, {12.5, 18}});
    case Icon::swap:
      return d.line({{4, 8}, {20, 8}})
          .line({{16, 4}, {20, 8}, {16, 12}})
          .line({{20, 16}, {4, 16}})
          .line({{8, 12}, {4, 16}, {8, 20}});
    case Icon::speaker: return loudspeaker().arc({12, 12}, 4, -45, 90).arc({12, 12}, 8, -50, 100);
    case Icon::muted:
      return loudspeaker().line({{15.5, 9.5}, {20.5, 14.5}}).line({{20.5, 9.5}, {15.5, 14.5}});
    case Icon::lock: return padlock(true);
    case Icon::unlock: return padlock(false);
    case Icon::open:
      return d.line({{3.5, 18.5}, {3.5, 5.5}, {9, 5.5}, {11, 8}, {18.5, 8}, {18.5, 11}})
          .shape({{3.5, 18.5}, {6.5, 11}, {21.5, 11}, {18.5, 18.5}});
    case Icon::save:
      return d.shape({{4.5, 4.5}, {16, 4.5}, {19.5, 8}, {19.5, 19.5}, {4.5, 19.5}})
          .line({{8, 4.5}, {8, 9}, {14.5, 9}, {14.5, 4.5}})
          .line({{7.5, 19.5}, {7.5, 13.5}, {16.5, 13.5}, {16.5, 19.5}});
    case Icon::undo: return turn_back(false);
    case Icon::redo: return turn_back(true);
    case Icon::export_file:
      return d.line({{12, 15}, {12, 3.5}})
          .line({{7.5, 8}, {12, 3.5}, {16.5, 8}})
          .line({{4, 14}, {4, 20}, {20, 20}, {20, 14}});
    case Icon::cancel: return d.line({{6, 6}, {18, 18}}).line({{18, 6}, {6, 18}});
    case Icon::settings: return gear();
    case Icon::search: return d.ring({10.5, 10.5}, 6).line({{15, 15}, {20, 20}});
    case Icon::add: return d.line({{12, 5}, {12, 19}}).line({{5, 12}, {19, 12}});
    case Icon::remove: return d.line({{5, 12}, {19, 12}});
    case Icon::check: return d.line({{4.5, 12.5}, {9.5, 17.5}, {19.5, 6.5}});
    case Icon::warning:
      return d.shape({{12, 4}, {21, 19.5}, {3, 19.5}}).line({{12, 10}, {12, 14}}).dot({12, 16.9}, 1.1);
    case Icon::info: return d.ring({12, 12}, 8.5).line({{12, 11.5}, {12, 16.5}}).dot({12, 8}, 1.2);
    case Icon::synthesize:  // a sound made out of a point
      return d.dot({5, 12}, 2)
          .arc({5, 12}, 6, -50, 100)
          .arc({5, 12}, 10.5, -50, 100)
          .arc({5, 12}, 15, -45, 90);
    case Icon::waveform:
      return d.line({{3, 10.5}, {3, 13.5}})
          .line({{7.5, 7}, {7.5, 17}})
          .line({{12, 3.5}, {12, 20.5}})
          .line({{16.5, 8}, {16.5, 16}})
          .line({{21, 10.5}, {21, 13.5}});
    case Icon::spectrogram:
      return d.line({{4, 3.5}, {4, 20}, {20.5, 20}})
          .line({{8, 8}, {11, 5.5}, {15, 8}, {20, 6}})
          .line({{8, 12.5}, {12, 11}, {16, 12.5}, {20, 11}})
          .line({{8, 16.5}, {20, 16.5}});
    case Icon::measures:
      return d.line({{4, 20}, {20.5, 20}})
          .bar({5.5, 11, 3, 6.5})
          .bar({10.7, 4, 3, 13.5})
          .bar({16, 8, 3, 9.5});
    case Icon::tree:
      return d.line({{5, 3.5}, {5, 18.5}, {10, 18.5}})
          .line({{5, 9.5}, {10, 9.5}})
          .box({11, 7, 9, 5}, 1.5)
          .box({11, 16, 9, 5}, 1.5);
    case Icon::microphone:
      return d.box({9, 3, 6, 11}, 3)
          .arc({12, 11.5}, 6, 180, 180)
          .line({{12, 17.5}, {12, 21}})
          .line({{8.5, 21}, {15.5, 21}});
    case Icon::clock: return d.ring({12, 12}, 8.5).line({{12, 7}, {12, 12}, {15.5, 14}});
  }
  return d;
}

class DrawnIcon : public QIconEngine {
 public:
  explicit DrawnIcon(Icon name) : name_(name), drawing_(drawing(name)) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    const QPalette palette = QGuiApplication::palette();
    const QColor colour = mode == QIcon::Disabled   ? palette.color(QPalette::Disabled, QPalette::ButtonText)
                          : mode == QIcon::Selected ? palette.color(QPalette::HighlightedText)
                                                    : palette.color(QPalette::ButtonText);
    const double side = std::min(rect.width(), rect.height());
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->translate(QRectF(rect).center() - QPointF(side, side) / 2);
    painter->scale(side / kGrid, side / kGrid);
    painter->fillPath(drawing_.areas, colour);
    painter->strokePath(drawing_.lines, QPen(colour, kPen, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->restore();
  }

  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap canvas(size);
    canvas.fill(Qt::transparent);
    QPainter painter(&canvas);
    paint(&painter, {QPoint(), size}, mode, state);
    return canvas;
  }

  QIconEngine* clone() const override { return new DrawnIcon(name_); }

 private:
  Icon name_;
  Drawing drawing_;
};

}  // namespace

QIcon icon(Icon name) { return QIcon(new DrawnIcon(name)); }

}  // namespace octet::ui
