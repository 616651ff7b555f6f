#pragma once

#include <QPixmap>
#include <QWidget>
#include <optional>
#include <vector>

#include "ui/listen/player.h"
#include "ui/timeline/marker_flags.h"
#include "ui/timeline/timeline.h"

namespace octet::ui {

/// The tracks' waveforms, one lane below the other on the timeline, with playhead, selection and markers.
/// Click: go there. Drag: loop that. Wheel: zoom; with shift or sideways, and by the middle button: move;
/// with Ctrl: draw higher.
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

  /// What all lanes alike are drawn higher by, dB, so that what is quiet is seen. Each lane says how high it
  /// is drawn, its level match included, and marks what that leaves no room for.
  int magnification() const { return magnification_; }
  /// By so many steps of kMagnified, within 0 and kMostMagnified.
  void magnify(int steps);
  /// As a wheel does that is turned by so many eighths of a degree.
  void turnMagnification(int angle);

  static constexpr int kMagnified = 6, kMostMagnified = 60;  ///< dB

 Q_SIGNALS:
  void trackRequested(int track);

 protected:
  bool event(QEvent* event) override;
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
  struct LaneScale;

  void zoomAtCursor(double factor);
  void movePlayhead(double seconds);
  void redraw();
  void tell();
  void draw_lanes();
  void draw_wave(QPainter& painter, const QRect& lane, int index) const;
  void draw_samples(QPainter& painter, const LaneScale& scale, int index) const;
  void draw_stretches(QPainter& painter, const LaneScale& scale, int index) const;
  void draw_gains(QPainter& painter) const;
  void draw_ruler(QPainter& painter) const;
  void draw_selection(QPainter& painter) const;
  void draw_playhead(QPainter& painter) const;
  void draw_hover(QPainter& painter) const;
  QRect playhead_strip(double seconds) const;
  MarkerFlags flags() const;
  double drawn_gain(const PlayerTrack& track) const;
  Drag edge_at(double x) const;

  std::vector<PlayerTrack> tracks_;
  Timeline& timeline_;
  double drawn_cursor_ = 0;
  int active_ = 0;
  int magnification_ = 0;  ///< dB
  int turned_ = 0;         ///< of a wheel that is not yet a notch
  Drag drag_ = Drag::none;
  QPointF pressed_;
  TimeSpan visible_when_pressed_;
  QPixmap lanes_;  ///< all that does not move; null: to be drawn
};

}  // namespace octet::ui
