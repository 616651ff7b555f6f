#pragma once

#include <QFont>
#include <QPainter>
#include <optional>

#include "ui/timeline/timeline.h"

namespace octet::ui {

/// The timeline's markers as every row shows them: a line, and at one end of it, or none, a flag with the
/// number, 1 for the worst.
struct MarkerFlags {
  enum class End { top, bottom, none };

  const Timeline& timeline;
  QRectF row;  ///< from left to right lies the time that is seen
  QFont font;  ///< of the row; flags are smaller
  End end = End::top;

  /// `behind`: what parts them from a picture, and what their numbers are written in.
  void draw(QPainter& painter, const QColor& behind) const;
  /// The one whose flag is at `place`.
  std::optional<std::size_t> at(QPointF place) const;
  /// What the flag says, in words, and what a click and which keys do.
  QString text(std::size_t marker) const;

 private:
  double x_of(std::size_t marker) const;
  bool seen(std::size_t marker) const;
  QRectF flag(std::size_t marker) const;
  QFont small() const;
};

}  // namespace octet::ui
