#include "ui/listen/lane_heads.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <QWheelEvent>

#include "ui/language/accessible_role.h"
#include "ui/language/sentences.h"
#include "ui/language/symbols.h"
#include "ui/listen/decibel.h"
#include "ui/listen/waveform_view.h"
#include "ui/theme/theme.h"
#include "ui/timeline/gutters.h"

namespace octet::ui {
namespace {

QString peak_text(const Level& level) {
  return level.peak > 0 ? LaneHeads::tr("peak %1 dBFS").arg(level_number(decibels(level.peak)))
                        : LaneHeads::tr("silent");
}

QString loudness_text(const Level& level) {
  if (level.lufs) return with_unit(level_number(*level.lufs), "LUFS");
  return level.rms > 0 ? with_unit(QStringLiteral("RMS %1").arg(level_number(decibels(level.rms))), "dBFS")
                       : QString();
}

QString title_of(const PlayerTrack& track) {
  switch (track.kind) {
    case PlayerTrack::Kind::run: return track.plan;
    case PlayerTrack::Kind::recording: return LaneHeads::tr("recording");
    case PlayerTrack::Kind::difference: break;
  }
  return LaneHeads::tr("what differs");
}

}  // namespace

LaneHeads::LaneHeads(const WaveformView& waveform, QWidget* parent) : QWidget(parent), waveform_(waveform) {
  setObjectName(QStringLiteral("laneHeads"));
  call_picture(*this);
  setAccessibleName(tr("Runs"));
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Expanding);
  setCursor(Qt::PointingHandCursor);
}

void LaneHeads::setTracks(const std::vector<PlayerTrack>& tracks) {
  tracks_ = tracks;
  tell();
}

void LaneHeads::setActive(int track) {
  active_ = track;
  tell();
}

void LaneHeads::setOutdated(const std::vector<bool>& tracks) {
  outdated_ = tracks;
  tell();
}

/// To those who see it and to those who hear it.
void LaneHeads::tell() {
  QStringList lanes;
  for (int i = 0; i < static_cast<int>(tracks_.size()); ++i)
    lanes << (i == active_ ? tr("Heard: %1").arg(description(i)) : description(i));
  setAccessibleDescription(lanes.join('\n'));
  update();
}

bool LaneHeads::outdated(int track) const {
  return track < static_cast<int>(outdated_.size()) && outdated_[static_cast<std::size_t>(track)];
}

QString LaneHeads::description(int lane) const {
  const auto& track = tracks_[static_cast<std::size_t>(lane)];
  QStringList said{tr("%1, %2: %3 s, %4, %5.")
                       .arg(track.name, title_of(track), QLocale().toString(track.seconds(), 'f', 3),
                            loudness_text(track.level()), peak_text(track.level()))};
  if (outdated(lane)) said << tr("It was made before the last change; synthesize to hear that.");
  if (lane < 9) said << tr("Key %1 chooses it.").arg(lane + 1);
  return sentences(said);
}

QSize LaneHeads::sizeHint() const { return {left_gutter(*this) - 2 * kSpacing, 80}; }

int LaneHeads::lane_at(const QPoint& at) const {
  for (int i = 0; i < static_cast<int>(tracks_.size()); ++i) {
    const QRect lane = waveform_.lane(i);
    if (at.y() >= lane.top() && at.y() <= lane.bottom()) return i;
  }
  return -1;
}

void LaneHeads::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  QFont small = font();
  small.setPointSizeF(font().pointSizeF() * 0.88);
  QFont bold = font();
  bold.setBold(true);
  const int line = fontMetrics().height() + 2, small_line = QFontMetrics(small).height();
  for (int i = 0; i < static_cast<int>(tracks_.size()); ++i) {
    const auto& track = tracks_[static_cast<std::size_t>(i)];
    const QRect lane = waveform_.lane(i);
    const bool active = i == active_;
    const QColor colour = track_colour(track);
    if (active) {
      QColor tint = colour;
      tint.setAlphaF(0.12f);
      painter.setPen(Qt::NoPen);
      painter.setBrush(tint);
      painter.drawRoundedRect(QRect(0, lane.top(), width() - 4, lane.height()), 4, 4);
    }
    // As many lines as the lane has room for, in the order of what one looks for.
    QStringList lines;
    const QString loudness = loudness_text(track.level()), peak = peak_text(track.level());
    int room = (lane.height() - 4 - line) / small_line;
    const bool differs = track.kind == PlayerTrack::Kind::difference;  // its chip leaves no room for a title
    if (differs && room > 0) {
      lines << title_of(track);
      --room;
    }
    const bool old = outdated(i) && room > 0;
    if (old) {
      lines << tr("before the change");
      --room;
    }
    if (room >= 3) {
      lines << with_unit(track.seconds(), 2, "s") << loudness << peak;
    } else if (room == 2) {
      lines << loudness << peak;
    } else if (room == 1) {
      lines << loudness;
    }
    int y = lane.top() + (lane.height() - line - small_line * static_cast<int>(lines.size())) / 2;
    // The chip: filled when it is the one that is heard.
    painter.setFont(bold);
    const QString letter = track_letter(track);
    const int wide = std::max(line, QFontMetrics(bold).horizontalAdvance(letter) + 8);
    const QRectF chip(5, y, wide, line);
    painter.setPen(QPen(colour, 1.3));
    painter.setBrush(active ? QBrush(colour) : QBrush(Qt::NoBrush));
    painter.drawRoundedRect(chip.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    painter.setPen(active ? palette().color(QPalette::Base) : colour);
    painter.drawText(chip, Qt::AlignCenter, letter);
    painter.setFont(active ? bold : font());
    painter.setPen(palette().color(QPalette::WindowText));
    const int left = 5 + wide + 6;
    if (!differs)
      painter.drawText(
          QRect(left, y, width() - left - 8, line), Qt::AlignVCenter | Qt::AlignLeft,
          QFontMetrics(painter.font()).elidedText(title_of(track), Qt::ElideRight, width() - left - 8));
    y += line;
    painter.setFont(small);
    painter.setPen(old ? colours().caution : colours().muted);
    for (const auto& text : lines) {
      painter.drawText(QRect(7, y, width() - 14, small_line), Qt::AlignVCenter | Qt::AlignLeft, text);
      y += small_line;
      painter.setPen(colours().muted);
    }
  }
}

void LaneHeads::mousePressEvent(QMouseEvent* event) {
  const int lane = lane_at(event->pos());
  if (lane >= 0) Q_EMIT trackRequested(lane);
  QWidget::mousePressEvent(event);
}

void LaneHeads::wheelEvent(QWheelEvent* event) {
  event->accept();
  if (!tracks_.empty()) Q_EMIT turned(event->angleDelta().y());
}

bool LaneHeads::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const int lane = lane_at(help->pos());
    if (lane < 0) return true;
    QToolTip::showText(help->globalPos(), description(lane), this);
    return true;
  }
  return QWidget::event(event);
}

}  // namespace octet::ui
