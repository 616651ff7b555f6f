#pragma once

#include <QWidget>
#include <vector>

#include "ui/listen/player.h"

namespace octet::ui {

class WaveformView;

/// Left of each lane: which run it is, of which plan, how long and how loud. Pressing one chooses it; the
/// wheel draws all lanes higher, as beside a scale.
class LaneHeads : public QWidget {
  Q_OBJECT

 public:
  /// Lines up with the lanes of `waveform`.
  LaneHeads(const WaveformView& waveform, QWidget* parent);

  void setTracks(const std::vector<PlayerTrack>& tracks);
  void setActive(int track);
  /// Runs that would sound different if they were made now, in the order of the tracks.
  void setOutdated(const std::vector<bool>& tracks);
  /// All that is known of a track, in words.
  QString description(int track) const;

  QSize sizeHint() const override;

 Q_SIGNALS:
  void trackRequested(int track);
  /// The wheel, eighths of a degree.
  void turned(int angle);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  bool event(QEvent* event) override;

 private:
  void tell();
  int lane_at(const QPoint& at) const;
  bool outdated(int track) const;

  const WaveformView& waveform_;
  std::vector<PlayerTrack> tracks_;
  std::vector<bool> outdated_;
  int active_ = 0;
};

}  // namespace octet::ui
