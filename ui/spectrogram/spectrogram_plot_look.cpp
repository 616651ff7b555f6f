// What the pictures are made of, and how they are dressed.

#include <QFontMetrics>
#include <cmath>

#include "ui/language/symbols.h"
#include "ui/listen/decibel.h"
#include "ui/spectrogram/frequency_ticker.h"
#include "ui/spectrogram/marks.h"
#include "ui/spectrogram/spectrogram_plot.h"
#include "ui/theme/theme.h"
#include "ui/timeline/gutters.h"

namespace octet::ui {
namespace {

/// "−25 dB", of a difference "+10 dB": beside a narrow scale no other place says the unit upright.
class DecibelTicker : public QCPAxisTicker {
 public:
  enum class Of { level, difference };

  explicit DecibelTicker(Of of) : of_(of) { setTickCount(3); }

 private:
  QString getTickLabel(double tick, const QLocale&, QChar, int) override {
    const bool is_signed = of_ == Of::difference && std::round(tick) != 0;
    return with_unit(is_signed ? signed_number(tick, 0) : level_number(tick, 0), "dB");
  }

  Of of_;
};

/// At `place` of the rectangle, in widths and heights of it.
QCPItemText* words_in(QCPAxisRect& rect, Qt::Alignment alignment, QPointF place) {
  auto* words = new QCPItemText(rect.parentPlot());
  words->setLayer("overlay");
  words->setClipAxisRect(&rect);
  words->setSelectable(false);
  words->setPositionAlignment(alignment);
  words->position->setAxisRect(&rect);
  words->position->setType(QCPItemPosition::ptAxisRectRatio);
  words->position->setCoords(place);
  return words;
}

}  // namespace

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
  frequency->setLabel(QStringLiteral("Hz"));

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

  pane.markings = new Markings(pane.rect, timeline_);
  pane.markings->setLayer("overlay");
  pane.title = words_in(*pane.rect, Qt::AlignLeft | Qt::AlignTop, {0, 0});
  pane.title->setPadding(QMargins(kSpacing, 1, kSpacing, 1));
  pane.note = words_in(*pane.rect, Qt::AlignCenter, {0.5, 0.5});
  pane.note->setPadding(pane.title->padding());
  pane.note->setVisible(false);
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

void SpectrogramPlot::applyColours() {
  const auto levels = level_gradient(palette_);
  const auto differences = difference_gradient();
  for (auto& pane : panes_) {
    const bool difference = pane.picture.is_difference;
    pane.colours->setGradient(difference ? differences : levels);
    pane.colours->axis()->setTicker(QSharedPointer<DecibelTicker>::create(
        difference ? DecibelTicker::Of::difference : DecibelTicker::Of::level));
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
    for (auto* words : {pane.title, pane.note}) {
      words->setBrush(behind);
      words->setPen(Qt::NoPen);
    }
    pane.note->setFont(small);
    pane.note->setColor(theme.muted);
    QFont bold = small;
    bold.setBold(true);
    pane.title->setFont(bold);
    pane.ticker->setLabelHeight(QFontMetrics(small).height() + 2);
  }
  shareHeight();
  applyColours();
}

}  // namespace octet::ui
