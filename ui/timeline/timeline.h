#pragma once

#include <QObject>
#include <optional>
#include <vector>

namespace octet::ui {

/// Stretch of time, seconds.
struct TimeSpan {
  double begin = 0;
  double end = 0;

  double length() const { return end - begin; }
  bool operator==(const TimeSpan&) const = default;
};

/// The one axis of time that all rows of the window share: what is seen of it, the playhead, where the mouse
/// points, what is selected, and places worth going to. Views draw it and tell it what a person wants; who
/// plays answers the requests.
class Timeline : public QObject {
  Q_OBJECT

 public:
  static constexpr double kShortest = 0.005;  ///< seconds that are seen at least; a few periods of speech
  static constexpr double kLeadIn = 0.3;  ///< seconds before a marker that it is heard from, to hear it come

  using QObject::QObject;

  /// Of the longest row, seconds. What is seen stays, cut to it; all stays all.
  void setDuration(double seconds);
  double duration() const { return duration_; }

  /// Moved, and where it must be shrunk, into 0 to duration().
  void show(TimeSpan wanted);
  void showAll() { show({0, duration_}); }
  /// `factor` below 1: nearer. The time `around` stays where it is seen.
  void zoom(double factor, double around);
  /// By a share of what is seen.
  void move(double share) {
    show({visible_.begin + share * visible_.length(), visible_.end + share * visible_.length()});
  }
  /// Moved so that this is in the middle, where it is not seen.
  void reveal(double seconds);
  const TimeSpan& visible() const { return visible_; }

  /// The playhead.
  void setCursor(double seconds);
  double cursor() const { return cursor_; }
  /// Where the mouse points; empty: nowhere.
  void setPointer(std::optional<double> seconds);
  const std::optional<double>& pointer() const { return pointer_; }

  /// What is selected, and whether it is looped.
  void setSelection(const std::optional<TimeSpan>& selection, bool looped);
  const std::optional<TimeSpan>& selection() const { return selection_; }
  bool looped() const { return looped_; }
  /// What a person is just drawing; empty: nothing.
  void setDrawn(const std::optional<TimeSpan>& drawn);
  const std::optional<TimeSpan>& drawn() const { return drawn_; }

  /// Places worth going to, seconds, the worst first.
  void setMarkers(const std::vector<double>& seconds);
  const std::vector<double>& markers() const { return markers_; }
  /// Asks for the playhead kLeadIn before this one, and shows it.
  void goToMarker(std::size_t marker);
  /// To the one `by` behind that which was gone to last, the worst at first; round and round.
  void stepMarker(int by);

 Q_SIGNALS:
  void visibleChanged();
  void cursorChanged(double seconds);
  void pointerChanged();
  /// selection(), looped() or drawn().
  void selectionChanged();
  void markersChanged();
  /// What a person wants: the playhead there, this selected, nothing selected.
  void seekRequested(double seconds);
  void selectionRequested(double begin, double end);
  void selectionCleared();

 private:
  double duration_ = 0, cursor_ = 0;
  TimeSpan visible_;
  std::optional<double> pointer_;
  std::optional<TimeSpan> selection_, drawn_;
  bool looped_ = false;
  std::vector<double> markers_;
  std::optional<std::size_t> last_marker_;  ///< that was gone to
};

}  // namespace octet::ui
