#pragma once

#include "ui/screen_plot.h"

#include <array>
#include <memory>
#include <optional>

#include "core/dsp/frequency_scale.h"
#include "core/metrics/pauses.h"
#include "ui/spectrogram/difference_cells.h"
#include "ui/spectrogram/gradients.h"
#include "ui/spectrogram/spectrogram_pyramid.h"
#include "ui/timeline/timeline.h"

namespace octet::ui {

class CursorLines;
class FrequencyTicker;
class Markings;

/// One picture: levels, or with a reference the difference test - reference, of that with another take of the
/// reference only what lies beyond (take_floor.h); where in the whole clip nothing does, a strip that says so
/// beside other pictures. Without `test` only the title.
struct SpectrogramPicture {
  QString title;
  QColor colour;  ///< of the title
  std::shared_ptr<const SpectrogramPyramid> test;
  std::shared_ptr<const SpectrogramPyramid> reference;
  bool is_difference = false;
  std::shared_ptr<const SpectrogramPyramid> other_take = {};

  bool operator==(const SpectrogramPicture&) const = default;
};

/// Pictures above each other on the timeline, over the same frequencies. Decibels are cut to the size of the
/// view when that changes; colours are given to them apart. Wheel: time; with Ctrl frequency, with Shift
/// sideways. Click: go there, on a flag to its marker. Drag: loop that; with Shift: zoom into; with the
/// middle button: move. Double click: all.
class SpectrogramPlot : public ScreenPlot {
  Q_OBJECT

 public:
  static constexpr int kMostPictures = 4;

  /// `timeline` outlives this.
  explicit SpectrogramPlot(Timeline& timeline, QWidget* parent = nullptr);

  /// At most kMostPictures.
  void setPictures(const std::vector<SpectrogramPicture>& pictures);
  void setPauses(const std::vector<TimeRange>& pauses);
  void setScale(FrequencyScale scale);
  void setLevelPalette(LevelPalette palette);
  /// dB.
  void setLevelRange(double quietest, double loudest);
  /// dB: colours span -range to range.
  void setDifferenceRange(double range);

  /// Hz.
  void setVisibleFrequencies(double low, double high);
  void showAll();

  QCPRange visibleFrequencies() const;
  FrequencyScale scale() const { return scale_; }
  /// The pictures that are shown, from above.
  std::vector<QCPAxisRect*> rects() const;
  std::vector<QCPColorMap*> maps() const;
  /// How often decibels were cut to the view since it was made.
  int cuts() const { return cuts_; }

 Q_SIGNALS:
  /// Where the mouse points; NaN when it left.
  void pointed(double seconds, double hz);

 protected:
  bool event(QEvent* event) override;
  void changeEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  struct Pane {
    QCPAxisRect* rect = nullptr;
    QCPColorMap* map = nullptr;
    QCPColorScale* colours = nullptr;
    QCPItemText* title = nullptr;
    QCPItemText* note = nullptr;  ///< why the picture is empty
    Markings* markings = nullptr;
    CursorLines* cursors = nullptr;
    QSharedPointer<FrequencyTicker> ticker;
    SpectrogramPicture picture;
    CellGrid cut;                     ///< what the map holds
    std::vector<float> floor;         ///< of the other take; empty: all is shown
    std::vector<double> floor_edges;  ///< Hz: the rows it is of
    Chance chance;                    ///< of the other take
    bool shown = false;
    bool strip = false;
  };

  void makePane(Pane& pane);
  void fill(Pane& pane, const SpectrogramPicture& picture);
  void layOut();
  void dressNote(Pane& pane);
  int stripHeight() const;
  void shareHeight();
  void applyColours();
  void applyTheme();
  void tell();
  void cutToView();
  void moveTime(QCPRange range) { timeline_.show({range.lower, range.upper}); }
  void showTime();
  void showMoving();
  void movePositions(QCPRange range);
  QCPRange allPositions() const;
  void point(std::optional<QPointF> place);
  void onPress(QMouseEvent* event);
  void onMove(QMouseEvent* event);
  void onRelease(QMouseEvent* event);
  void onWheel(QWheelEvent* event);
  const Pane* paneAt(QPointF place) const;
  std::optional<std::size_t> markerAt(QPointF place) const;

  enum class Drag { none, press, select, zoom, pan };

  Timeline& timeline_;
  std::array<Pane, kMostPictures> panes_;
  QCPLayer* cursor_layer_ = nullptr;
  double hz_ = 12000;  ///< the highest there is to show
  FrequencyScale scale_ = FrequencyScale::mel;
  QCPRange positions_{0, 0};
  LevelPalette palette_ = LevelPalette::viridis;
  QCPRange levels_{-90, -10};
  double difference_ = 12;
  Drag drag_ = Drag::none;
  QPointF pressed_;
  TimeSpan time_when_pressed_;
  QCPRange positions_when_pressed_{0, 0};
  std::optional<double> pointed_at_;
  bool moving_axes_ = false;
  int cuts_ = 0;
};

}  // namespace octet::ui
