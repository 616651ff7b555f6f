#pragma once

#include <QPixmap>
#include <QWidget>
#include <optional>
#include <vector>

#include "ui/listen/player.h"

namespace octet::ui {

/// The tracks' waveforms, one lane below the other on one axis of time, with playhead and loop.
/// Click: go there. Drag: loop that. Wheel: zoom; with shift or sideways, and by the middle button: move.
class WaveformView : public QWidget {
  Q_OBJECT

 public:
  explicit WaveformView(QWidget* parent = nullptr);

  void setTracks(const std::vector<PlayerTrack>& tracks);
  void setActive(int track);
  void setLoop(const std::optional<TimeRange>& loop, bool looping);
  void setPosition(double seconds);
  /// Seconds; clipped to the clip. Told by visibleRangeChanged when it differs.
  void setVisibleRange(double begin, double end);
  TimeRange visibleRange() const { return visible_; }
  double duration() const { return duration_; }

  /// Of lane `index`, in this widget's coordinates: what stands beside it lines up.
  QRect lane(int index) const;
  /// Above the lanes.
  int rulerHeight() const;
  /// x of a time, and back.
  double xOf(double seconds) const;
  double secondsAt(double x) const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 public Q_SLOTS:
  void zoomIn();
  void zoomOut();
  void showAll();

 Q_SIGNALS:
  void visibleRangeChanged(double begin, double end);
  void seekRequested(double seconds);
  void loopRequested(double begin, double end);
  void loopCleared();
  void trackRequested(int track);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;

 private:
  enum class Drag { none, press, select, loop_begin, loop_end, pan };

  void zoom(double factor, double around);
  void redraw();
  void draw_lanes();
  void draw_wave(QPainter& painter, const QRect& lane, const PlayerTrack& track, int index) const;
  void draw_ruler(QPainter& painter) const;
  void draw_loop(QPainter& painter) const;
  void draw_hover(QPainter& painter) const;
  QRect playhead_strip(double seconds) const;
  Drag edge_at(double x) const;

  std::vector<PlayerTrack> tracks_;
  double duration_ = 0, position_ = 0;
  int active_ = 0;
  TimeRange visible_;
  std::optional<TimeRange> loop_, selecting_;
  bool looping_ = false;
  std::optional<double> hover_;  ///< seconds
  Drag drag_ = Drag::none;
  QPointF pressed_;
  TimeRange visible_when_pressed_;
  QPixmap lanes_;  ///< all that does not move; null: to be drawn
};

}  // namespace octet::ui
