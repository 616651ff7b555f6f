#include "ui/spectrogram/spectrogram_plot.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/spectrogram/frequency_ticker.h"
#include "ui/spectrogram/marks.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr double kNarrowest = 0.02;    // of all frequencies
const QCPRange kHissBand{1000, 4000};  // Hz; where coarse weights are heard first

/// `range` moved, and where it must be shrunk, into `whole`; not narrower than `least`.
QCPRange bounded(QCPRange range, QCPRange whole, double least) {
  const double size = std::clamp(range.size(), std::min(least, whole.size()), whole.size());
  const double lower =
      std::clamp(range.center() - size / 2, whole.lower, std::max(whole.lower, whole.upper - size));
  return {lower, lower + size};
}

bool nearly(QCPRange a, QCPRange b) {
  const double tolerance = 1e-9 * std::max(a.size(), b.size());
  return std::abs(a.lower - b.lower) <= tolerance && std::abs(a.upper - b.upper) <= tolerance;
}

}  // namespace

SpectrogramPlot::SpectrogramPlot(Timeline& timeline, QWidget* parent)
    : ScreenPlot(parent), timeline_(timeline) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  addLayer("cursors", layer("overlay"), QCustomPlot::limAbove);
  cursor_layer_ = layer("cursors");
  cursor_layer_->setMode(QCPLayer::lmBuffered);
  for (auto& pane : panes_) makePane(pane);
  plotLayout()->clear();  // of the default axes, which items look for when they are made
  plotLayout()->setRowSpacing(0);
  plotLayout()->setColumnSpacing(kSpacing);
  movePositions(allPositions());
  showTime();
  applyTheme();
  layOut();

  connect(&timeline_, &Timeline::visibleChanged, this, &SpectrogramPlot::showTime);
  connect(&timeline_, &Timeline::cursorChanged, this, &SpectrogramPlot::showMoving);
  for (const auto changed : {&Timeline::pointerChanged, &Timeline::selectionChanged})
    connect(&timeline_, changed, this, &SpectrogramPlot::showMoving);
  connect(&timeline_, &Timeline::markersChanged, this, [this] { replot(rpQueuedReplot); });
  connect(this, &QCustomPlot::afterLayout, this, &SpectrogramPlot::cutToView);
  connect(this, &QCustomPlot::mousePress, this, &SpectrogramPlot::onPress);
  connect(this, &QCustomPlot::mouseMove, this, &SpectrogramPlot::onMove);
  connect(this, &QCustomPlot::mouseRelease, this, &SpectrogramPlot::onRelease);
  connect(this, &QCustomPlot::mouseWheel, this, &SpectrogramPlot::onWheel);
  connect(this, &QCustomPlot::mouseDoubleClick, this, &SpectrogramPlot::showAll);
}

void SpectrogramPlot::setPictures(const std::vector<SpectrogramPicture>& pictures) {
  bool moved = false;
  for (std::size_t i = 0; i < panes_.size(); ++i) {
    auto& pane = panes_[i];
    const bool shown = i < pictures.size();
    moved |= shown != pane.shown || (shown && pictures[i].is_difference != pane.picture.is_difference);
    pane.shown = shown;
    const SpectrogramPicture picture = shown ? pictures[i] : SpectrogramPicture{};
    if (picture != pane.picture) fill(pane, picture);
    const bool strip = pane.chance.all && pictures.size() > 1;
    moved |= strip != pane.strip;
    pane.strip = strip;
  }
  if (moved) layOut();
  applyColours();
}

void SpectrogramPlot::fill(Pane& pane, const SpectrogramPicture& picture) {
  const auto& [title, colour, test, reference, is_difference, take] = picture;
  pane.cut = {};
  pane.floor.clear();
  pane.floor_edges.clear();
  pane.note->setVisible(false);
  if (!is_difference || (test && reference))  // what is computed stays as high as it was
    pane.chance = take ? chance_of(*reference, *test, *take) : Chance();
  pane.picture = picture;
  pane.title->setText(title);
  pane.title->setColor(colour);
}

void SpectrogramPlot::cutToView() {
  const auto& time = timeline_.visible();
  if (time.length() <= 0) return;
  for (auto& pane : panes_) {
    if (!pane.shown) continue;
    const auto* rect = pane.rect;
    auto* data = pane.map->data();
    if (!pane.picture.test || (pane.picture.is_difference && !pane.picture.reference)) {
      data->clear();
      continue;
    }
    const double ratio = devicePixelRatioF();
    const int rows = std::max(static_cast<int>(rect->height() * ratio), 1);
    CellGrid grid{time.begin, time.end, std::max(static_cast<int>(rect->width() * ratio), 1), {}};
    for (int row = 0; row <= rows; ++row)
      grid.edges.push_back(frequency_at(scale_, positions_.lower + positions_.size() * row / rows));
    if (grid == pane.cut) continue;

    const auto& [title, colour, test, reference, is_difference, take] = pane.picture;
    if (take && pane.floor_edges != grid.edges) {
      pane.floor = difference_floor(*reference, *take, grid.edges);
      pane.floor_edges = grid.edges;
    }
    const auto cells =
        is_difference ? difference_cells(*reference, *test, pane.floor, grid) : test->cells(grid);
    // It is to say that it is no mistake.
    pane.note->setVisible(take && (pane.strip || is_chance(cells, grid, pane.chance.worst)));
    data->setSize(grid.columns, rows);
    const double column = time.length() / grid.columns;
    const double row = positions_.size() / rows;
    // A map's range is that of the centres of its outermost cells.
    data->setRange({time.begin + column / 2, time.end - column / 2},
                   {positions_.lower + row / 2, positions_.upper - row / 2});
    auto cell = cells.begin();
    for (int y = 0; y < rows; ++y)
      for (int x = 0; x < grid.columns; ++x) data->setCell(x, y, static_cast<double>(*cell++));
    pane.cut = std::move(grid);
    ++cuts_;
  }
  tell();
}

void SpectrogramPlot::setPauses(const std::vector<TimeRange>& pauses) {
  for (auto& pane : panes_) pane.markings->setPauses(pauses);
  replot(rpQueuedReplot);
}

void SpectrogramPlot::setScale(FrequencyScale scale) {
  const bool all = nearly(positions_, allPositions());
  const QCPRange kept = visibleFrequencies();
  scale_ = scale;
  for (auto& pane : panes_) pane.ticker->setScale(scale);
  if (all)
    movePositions(allPositions());  // a log axis does not begin at 0 Hz
  else
    setVisibleFrequencies(kept.lower, kept.upper);
}

void SpectrogramPlot::setLevelPalette(LevelPalette palette) {
  palette_ = palette;
  applyColours();
}

void SpectrogramPlot::setLevelRange(double quietest, double loudest) {
  levels_ = {quietest, loudest};
  applyColours();
}

void SpectrogramPlot::setDifferenceRange(double range) {
  difference_ = range;
  applyColours();
}

void SpectrogramPlot::setVisibleFrequencies(double low, double high) {
  movePositions({position_of(scale_, low), position_of(scale_, high)});
}

QCPRange SpectrogramPlot::visibleFrequencies() const {
  return {frequency_at(scale_, positions_.lower), frequency_at(scale_, positions_.upper)};
}

QCPRange SpectrogramPlot::allPositions() const { return {position_of(scale_, 0), position_of(scale_, hz_)}; }

void SpectrogramPlot::showAll() {
  movePositions(allPositions());
  timeline_.showAll();
}

void SpectrogramPlot::showTime() {
  if (std::exchange(moving_axes_, true)) return;
  const auto& time = timeline_.visible();
  for (auto& pane : panes_) pane.rect->axis(QCPAxis::atBottom)->setRange(time.begin, time.end);
  moving_axes_ = false;
  replot(rpQueuedReplot);
}

void SpectrogramPlot::movePositions(QCPRange range) {
  if (std::exchange(moving_axes_, true)) return;
  const auto whole = allPositions();
  positions_ = bounded(range, whole, whole.size() * kNarrowest);
  const QCPRange band(position_of(scale_, kHissBand.lower), position_of(scale_, kHissBand.upper));
  for (auto& pane : panes_) {
    pane.rect->axis(QCPAxis::atLeft)->setRange(positions_);
    pane.markings->setBand(band);
  }
  moving_axes_ = false;
  replot(rpQueuedReplot);
}

void SpectrogramPlot::showMoving() {
  for (auto& pane : panes_) {
    pane.cursors->setPlayhead(timeline_.cursor());
    pane.cursors->setSelection(timeline_.drawn() ? timeline_.drawn() : timeline_.selection());
    pane.cursors->setPointer(timeline_.pointer());
    pane.cursors->setPointedAt(pointed_at_);
  }
  cursor_layer_->replot();
}

std::vector<QCPAxisRect*> SpectrogramPlot::rects() const {
  std::vector<QCPAxisRect*> found;
  for (const auto& pane : panes_)
    if (pane.shown) found.push_back(pane.rect);
  return found;
}

std::vector<QCPColorMap*> SpectrogramPlot::maps() const {
  std::vector<QCPColorMap*> found;
  for (const auto& pane : panes_)
    if (pane.shown) found.push_back(pane.map);
  return found;
}

void SpectrogramPlot::resizeEvent(QResizeEvent* event) {
  shareHeight();
  ScreenPlot::resizeEvent(event);
}

void SpectrogramPlot::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) applyTheme();
  ScreenPlot::changeEvent(event);
}

}  // namespace octet::ui
