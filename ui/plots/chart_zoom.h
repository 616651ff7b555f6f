#pragma once

#include <QObject>
#include <array>
#include <optional>

#include "ui/plotting.h"

class QKeyEvent;
class QMouseEvent;
class QRubberBand;

namespace octet::ui {

/// Looks closer at a plot: by the wheel where the mouse is, by a frame that is dragged, by + and −; the
/// arrows go on from there, a double click or 0 goes back to the whole. Never beyond the whole, and never so
/// close that no point is seen. Over an axis the wheel is for that axis alone.
class ChartZoom : public QObject {
  Q_OBJECT

 public:
  explicit ChartZoom(QCustomPlot& plot);

  /// Before the plot is drawn anew: its axes are as they were drawn.
  void lift();
  /// After that: their ranges are the whole. What was looked at stays so, where the whole is what it was.
  void settle();
  bool isZoomed() const { return zoomed_.has_value(); }
  /// `factor` over 1: closer. `at` in pixels of the plot.
  void zoom(double factor, const QPointF& at);
  void showAll();
  /// +, −, 0, of a widget beside the plot.
  void takeKeysOf(QWidget& widget);

 Q_SIGNALS:
  /// The left button, and no drag.
  void clicked(const QPointF& at);

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  static constexpr std::size_t kAxes = 4;
  using Ranges = std::array<QCPRange, kAxes>;

  std::array<QCPAxis*, kAxes> axes() const;
  Ranges ranges() const;
  void setRanges(const Ranges& ranges);
  void show(const Ranges& ranges);
  void showFrame(const QRect& frame);
  void move(double across, double up);
  bool seesPoint() const;
  bool mouse(const QMouseEvent& event, QEvent::Type type);
  bool key(const QKeyEvent& event, bool in_plot);

  QCustomPlot& plot_;
  QRubberBand* band_;
  Ranges whole_;
  std::optional<Ranges> zoomed_;
  std::optional<QPoint> pressed_;
};

}  // namespace octet::ui
