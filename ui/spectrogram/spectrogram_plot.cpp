#include "ui/spectrogram/spectrogram_plot.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/spectrogram/difference_cells.h"
#include "ui/spectrogram/frequency_ticker.h"
#include "ui/spectrogram/marks.h"
#include "ui/spectrogram/take_floor.h"
#include "ui/theme/theme.h"
#include "ui/timeline/gutters.h"

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

/// "-25 dB": beside a narrow scale no other place says the unit upright.
class DecibelTicker : public QCPAxisTicker {
  QString getTickLabel(double tick, const QLocale& locale, QChar, int) override {
    return SpectrogramPlot::tr("%1 dB").arg(locale.toString(tick, 'f', 0));
  }
};

/// Of what is beyond a take's floor; a tenth of a decibel is not to be seen.
bool nearly_empty(const std::vector<float>& cells) {
  const auto seen = std::ranges::count_if(cells, [](float cell) { return std::abs(cell) > 0.1F; });
  return static_cast<double>(seen) <= kBeyondByChance * static_cast<double>(cells.size());
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
  connect(this, &QCustomPlot::afterLayout, this, &SpectrogramPlot::cutToView);
  connect(this, &QCustomPlot::mousePress, this, &SpectrogramPlot::onPress);
  connect(this, &QCustomPlot::mouseMove, this, &SpectrogramPlot::onMove);
  connect(this, &QCustomPlot::mouseRelease, this, &SpectrogramPlot::onRelease);
  connect(this, &QCustomPlot::mouseWheel, this, &SpectrogramPlot::onWheel);
  connect(this, &QCustomPlot::mouseDoubleClick, this, &SpectrogramPlot::showAll);
}

void SpectrogramPlot::makePane(Pane& pane) {
  pane.rect = new QCPAxisRect(this, false);
  auto* frequency = pane.rect->addAxis(QCPAxis::atLeft);
  auto* time = pane.rect->addAxis(QCPAxis::atBottom);
  pane.rect->setRangeZoomAxes(time, frequency);
  pane.rect->setMinimumMargins(QMargins(0, Markings::kStrip + 2, 0, 2));
  pane.ticker = QSharedPointer<FrequencyTicker>::create();
  frequency->setTicker(pane.ticker);
  for (auto* axis : {frequency, time}) {
    axis->setLayer("axes");
    axis->grid()->setVisible(false);
    axis->setSubTicks(false);
    axis->setTickLength(0, 4);
    axis->setTickLabelPadding(3);
    axis->setLabelPadding(2);
  }
  time->setNumberFormat("g");
  frequency->setLabel(tr("Hz"));

  pane.map = new QCPColorMap(time, frequency);
  pane.map->setInterpolate(false);
  pane.map->setSelectable(QCP::stNone);
  pane.map->setLayer("main");

  pane.colours = new QCPColorScale(this);
  pane.colours->setType(QCPAxis::atRight);
  pane.colours->setBarWidth(8);
  pane.colours->setRangeDrag(false);
  pane.colours->setRangeZoom(false);
  pane.colours->axis()->setSubTicks(false);
  pane.colours->axis()->setTickLength(0, 3);
  const auto decibels = QSharedPointer<DecibelTicker>::create();
  decibels->setTickCount(3);
  pane.colours->axis()->setTicker(decibels);
  pane.colours->axis()->setPadding(kSpacing);
  pane.map->setColorScale(pane.colours);
  auto* heights = new QCPMarginGroup(this);
  pane.rect->setMarginGroup(QCP::msTop | QCP::msBottom, heights);
  pane.colours->setMarginGroup(QCP::msTop | QCP::msBottom, heights);
  // One time at one x in all rows of the timeline.
  pane.rect->setAutoMargins(QCP::msTop | QCP::msBottom);
  pane.rect->setMargins({left_gutter(*this), 0, 0, 0});
  auto* scale = pane.colours->axis()->axisRect();
  scale->setAutoMargins(QCP::msNone);
  scale->setMargins({0, 0, right_gutter(*this) - kSpacing - pane.colours->barWidth(), 0});

  pane.markings = new Markings(pane.rect);
  pane.markings->setLayer("overlay");
  pane.title = new QCPItemText(this);
  pane.title->setLayer("overlay");
  pane.title->setClipAxisRect(pane.rect);
  pane.title->setSelectable(false);
  pane.title->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
  pane.title->setPadding(QMargins(kSpacing, 1, kSpacing, 1));
  pane.title->position->setAxisRect(pane.rect);
  pane.title->position->setType(QCPItemPosition::ptAxisRectRatio);
  pane.title->position->setCoords(0, 0);
  pane.cursors = new CursorLines(pane.rect);
  pane.cursors->setLayer(cursor_layer_);

  connect(time, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this, [this](const QCPRange& range) {
    if (moving_axes_) return;
    moveTime(range);
    showTime();  // where it asked for more than there is
  });
  connect(frequency, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this,
          &SpectrogramPlot::movePositions);
}

void SpectrogramPlot::setPictures(const std::vector<SpectrogramPicture>& pictures) {
  bool moved = false;
  for (std::size_t i = 0; i < panes_.size(); ++i) {
    auto& pane = panes_[i];
    const bool shown = i < pictures.size();
    moved |= shown != pane.shown || (shown && pictures[i].is_difference != pane.picture.is_difference);
    pane.shown = shown;
    const SpectrogramPicture picture = shown ? pictures[i] : SpectrogramPicture{};
    if (picture == pane.picture) continue;
    pane.cut = {};
    pane.picture = picture;
    pane.title->setText(pane.picture.title);
    pane.title->setColor(pane.picture.colour);
  }
  if (moved) layOut();
  applyColours();
}

void SpectrogramPlot::layOut() {
  auto* layout = plotLayout();
  for (auto& pane : panes_) {
    if (pane.rect->layout()) layout->take(pane.rect);
    if (pane.colours->layout()) layout->take(pane.colours);
  }
  layout->simplify();
  Pane* lowest = nullptr;
  int row = 0;
  for (auto& pane : panes_) {
    for (QCPLayerable* part : std::initializer_list<QCPLayerable*>{pane.rect, pane.map, pane.colours,
                                                                   pane.title, pane.markings, pane.cursors})
      part->setVisible(pane.shown);
    if (!pane.shown) continue;
    layout->addElement(row, 0, pane.rect);
    layout->addElement(row++, 1, pane.colours);
    lowest = &pane;
  }
  for (auto& pane : panes_) {
    auto* time = pane.rect->axis(QCPAxis::atBottom);
    time->setTickLabels(&pane == lowest);
    time->setTicks(&pane == lowest);
    time->setLabel(&pane == lowest ? tr("Time (s)") : QString());
  }
  if (layout->columnCount() == 2) {
    layout->setColumnStretchFactor(0, 1);
    layout->setColumnStretchFactor(1, 0.0001);
  }
  shareHeight();
}

/// Pictures of one height: the lowest row also holds the time axis.
void SpectrogramPlot::shareHeight() {
  const int rows = plotLayout()->rowCount();
  if (rows == 0) return;
  // A colour scale's margins never shrink by themselves: it would keep room for a time axis that moved on.
  for (auto& pane : panes_) pane.colours->setMargins({});
  const auto* time = panes_.front().rect->axis(QCPAxis::atBottom);
  const double axis = QFontMetricsF(time->tickLabelFont()).height() +
                      QFontMetricsF(time->labelFont()).height() + time->tickLabelPadding() +
                      time->tickLengthOut() + time->labelPadding();
  const double picture = std::max((height() - axis) / rows, 1.0);
  // Known before the axes choose their ticks, which is before the layout.
  for (auto& pane : panes_)
    pane.ticker->setLength(static_cast<int>(picture) - pane.rect->minimumMargins().top() -
                           pane.rect->minimumMargins().bottom());
  for (int row = 0; row < rows; ++row)
    plotLayout()->setRowStretchFactor(row, row + 1 == rows ? (picture + axis) / picture : 1);
}

void SpectrogramPlot::applyColours() {
  const auto levels = level_gradient(palette_);
  const auto differences = difference_gradient();
  for (auto& pane : panes_) {
    const bool difference = pane.picture.is_difference;
    pane.colours->setGradient(difference ? differences : levels);
    pane.colours->setDataRange(difference ? QCPRange(-difference_, difference_) : levels_);
    const bool begins_with_background = difference || palette_ == LevelPalette::grey;
    const Ink ink = begins_with_background ? Ink{QWidget::palette().color(QPalette::Text), ui::colours().plot}
                                           : Ink{Qt::white, Qt::black};
    pane.markings->setInk(ink);
    pane.cursors->setInk(ink);
  }
  replot(rpQueuedReplot);
}

void SpectrogramPlot::applyTheme() {
  const auto text = QWidget::palette().color(QPalette::Text);
  const auto& theme = ui::colours();
  setBackground(QBrush(QWidget::palette().color(QPalette::Base)));
  QFont small = font();
  small.setPointSizeF(small.pointSizeF() * 0.9);
  for (auto& pane : panes_) {
    pane.rect->setBackground(theme.plot);
    for (auto* axis :
         {pane.rect->axis(QCPAxis::atLeft), pane.rect->axis(QCPAxis::atBottom), pane.colours->axis()}) {
      axis->setBasePen(QPen(theme.faint));
      axis->setTickPen(QPen(theme.faint));
      axis->setTickLabelColor(text);
      axis->setTickLabelFont(small);
      axis->setLabelColor(text);
      axis->setLabelFont(small);
    }
    QColor behind = QWidget::palette().color(QPalette::Base);
    behind.setAlpha(215);
    pane.title->setBrush(behind);
    pane.title->setPen(Qt::NoPen);
    QFont bold = small;
    bold.setBold(true);
    pane.title->setFont(bold);
    pane.ticker->setLabelHeight(QFontMetrics(small).height() + 2);
  }
  shareHeight();
  applyColours();
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
    const auto cells =
        is_difference ? difference_cells(*reference, *test, take.get(), grid) : test->cells(grid);
    const bool by_chance = take && nearly_empty(cells);  // it is to say that it is no mistake
    pane.title->setText(by_chance ? tr("%1: no more than chance").arg(title) : title);
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
