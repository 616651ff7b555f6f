#pragma once

#include <QPixmap>
#include <QWidget>
#include <optional>
#include <vector>

#include "ui/listen/player.h"
#include "ui/timeline/timeline.h"

namespace octet::ui {

/// The tracks' waveforms, one lane below the other on the timeline, with playhead, selection and markers.
/// Click: go there. Drag: loop that. Wheel: zoom; with shift or sideways, and by the middle button: move.
class WaveformView : public QWidget {
  Q_OBJECT

 public:
  /// `timeline` outlives this.
  explicit WaveformView(Timeline& timeline, QWidget* parent = nullptr);

  void setTracks(const std::vector<PlayerTrack>& tracks);
  void setActive(int track);

  /// Of lane `index`, in this widget's coordinates: what stands beside it lines up.
  QRect lane(int index) const;
  /// Above the lanes.
  int rulerHeight() const;
  /// x of a time, and back.
  double xOf(double seconds) const;
  double secondsAt(double x) const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

  /// Around the playhead.
  void zoomIn();
  void zoomOut();

 Q_SIGNALS:
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

  void zoomAtCursor(double factor);
  void movePlayhead(double seconds);
  void redraw();
  void draw_lanes();
  void draw_wave(QPainter& painter, const QRect& lane, const PlayerTrack& track, int index) const;
  void draw_ruler(QPainter& painter) const;
  void draw_selection(QPainter& painter) const;
  void draw_markers(QPainter& painter) const;
  void draw_playhead(QPainter& painter) const;
  void draw_hover(QPainter& painter) const;
  QRect playhead_strip(double seconds) const;
  Drag edge_at(double x) const;

  std::vector<PlayerTrack> tracks_;
  Timeline& timeline_;
  double drawn_cursor_ = 0;
  int active_ = 0;
  Drag drag_ = Drag::none;
  QPointF pressed_;
  TimeSpan visible_when_pressed_;
  QPixmap lanes_;  ///< all that does not move; null: to be drawn
};

}  // namespace octet::ui
