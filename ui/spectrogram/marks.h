#pragma once

#include "ui/plotting.h"

#include <optional>
#include <vector>

#include "core/metrics/pauses.h"
#include "ui/timeline/marker_flags.h"
#include "ui/timeline/timeline.h"

namespace octet::ui {

/// The colour of lines over a picture, and of the seam that parts them from it.
struct Ink {
  QColor line;
  QColor seam;
};

/// Pauses as a strip above an axis rectangle, and within a band of frequencies as two dashed lines, and the
/// timeline's markers.
class Markings : public QCPAbstractItem {
  Q_OBJECT

 public:
  static constexpr int kStrip = 4;  ///< height of the strip

  /// `timeline` outlives this.
  Markings(QCPAxisRect* rect, const Timeline& timeline);

  void setPauses(std::vector<TimeRange> pauses) { pauses_ = std::move(pauses); }
  void setInk(const Ink& ink) { ink_ = ink; }
  /// In coordinates of the frequency axis.
  void setBand(QCPRange band) { band_ = band; }
  /// Of a picture that is too low for frequencies: no band, and markers without flags.
  void setLow(bool low) { low_ = low; }
  MarkerFlags flags() const;

  double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

 protected:
  void draw(QCPPainter* painter) override;

 private:
  QCPAxisRect* rect_;
  const Timeline& timeline_;
  Ink ink_;
  std::vector<TimeRange> pauses_;
  QCPRange band_;
  bool low_ = false;
};

/// What moves on the timeline: the playhead, what is selected, and a cross where the mouse points in any row.
class CursorLines : public QCPAbstractItem {
  Q_OBJECT

 public:
  explicit CursorLines(QCPAxisRect* rect);

  void setInk(const Ink& ink) { ink_ = ink; }
  void setPlayhead(double seconds) { playhead_ = seconds; }
  void setSelection(const std::optional<TimeSpan>& selection) { selection_ = selection; }
  void setPointer(std::optional<double> seconds) { pointer_ = seconds; }
  /// Where it points in a picture: coordinate of the frequency axis.
  void setPointedAt(std::optional<double> position) { pointed_at_ = position; }

  double selectTest(const QPointF&, bool, QVariant*) const override { return -1; }

 protected:
  void draw(QCPPainter* painter) override;

 private:
  QCPAxisRect* rect_;
  Ink ink_;
  double playhead_ = 0;
  std::optional<TimeSpan> selection_;
  std::optional<double> pointer_, pointed_at_;
};

}  // namespace octet::ui
