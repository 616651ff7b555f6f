// Where the pictures stand.

#include <QFontMetrics>
#include <QFontMetricsF>
#include <QLocale>
#include <algorithm>

#include "ui/language/sentences.h"
#include "ui/spectrogram/frequency_ticker.h"
#include "ui/spectrogram/marks.h"
#include "ui/spectrogram/spectrogram_plot.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr int kLeast = 50;  // pixels of a picture, each way

}  // namespace

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
    for (QCPLayerable* part :
         std::initializer_list<QCPLayerable*>{pane.rect, pane.title, pane.markings, pane.cursors})
      part->setVisible(pane.shown);
    for (QCPLayerable* part : std::initializer_list<QCPLayerable*>{pane.map, pane.colours})
      part->setVisible(pane.shown && !pane.strip);
    pane.markings->setLow(pane.strip);
    dressNote(pane);
    auto* frequency = pane.rect->axis(QCPAxis::atLeft);
    frequency->setTicks(!pane.strip);
    frequency->setTickLabels(!pane.strip);
    frequency->setLabel(pane.strip ? QString() : QStringLiteral("Hz"));
    if (!pane.shown) continue;
    layout->addElement(row, 0, pane.rect);
    if (!pane.strip) layout->addElement(row, 1, pane.colours);
    ++row;
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

/// Of a picture with nothing in it: two lines, what it is and that, each with its padding.
int SpectrogramPlot::stripHeight() const {
  const auto& note = *panes_.front().note;
  const auto padding = note.padding();
  return 2 * (QFontMetrics(note.font()).height() + padding.top() + padding.bottom()) + kSpacing;
}

/// What it says of an empty picture, where there is room.
void SpectrogramPlot::dressNote(Pane& pane) {
  pane.note->setText(pane.strip
                         ? tr("Nothing. Quiet hiss, an offset or a click does not show here: see the scores.")
                         : tr("Nothing here is beyond what another take would differ by.\n"
                              "Quiet hiss, a constant and single clicks\n"
                              "are not to be seen here: the scores know them."));
  pane.note->setPositionAlignment(pane.strip ? Qt::AlignLeft | Qt::AlignTop : Qt::AlignCenter);
  pane.note->position->setCoords(pane.strip ? QPointF(0, 0.5) : QPointF(0.5, 0.5));
}

/// Pictures of one height, strips aside: the lowest row also holds the time axis.
void SpectrogramPlot::shareHeight() {
  const int rows = plotLayout()->rowCount();
  if (rows == 0) return;
  // A colour scale's margins never shrink by themselves: it would keep room for a time axis that moved on.
  for (auto& pane : panes_) pane.colours->setMargins({});
  const auto strips =
      std::ranges::count_if(panes_, [](const Pane& pane) { return pane.shown && pane.strip; });
  const auto* time = panes_.front().rect->axis(QCPAxis::atBottom);
  const double axis = QFontMetricsF(time->tickLabelFont()).height() +
                      QFontMetricsF(time->labelFont()).height() + time->tickLabelPadding() +
                      time->tickLengthOut() + time->labelPadding();
  const auto margins = panes_.front().rect->minimumMargins();
  const double strip = stripHeight() + margins.top() + margins.bottom();
  const double picture = std::max(
      (height() - axis - static_cast<double>(strips) * strip) / static_cast<double>(rows - strips), 1.0);
  // Known before the axes choose their ticks, which is before the layout.
  for (auto& pane : panes_)
    pane.ticker->setLength(static_cast<int>(picture) - margins.top() - margins.bottom());
  int row = 0;
  for (auto& pane : panes_) {
    if (!pane.shown) continue;
    pane.rect->setMinimumSize(kLeast, pane.strip ? stripHeight() : kLeast);
    const double wanted = (pane.strip ? strip : picture) + (row + 1 == rows ? axis : 0);
    plotLayout()->setRowStretchFactor(row++, wanted / picture);
  }
}

/// What is seen, to those who do not.
void SpectrogramPlot::tell() {
  QStringList pictures;
  for (const auto& pane : panes_)
    if (pane.shown)
      pictures << (pane.note->visible() ? tr("%1 (%2)").arg(pane.picture.title, pane.note->text())
                                        : pane.picture.title);
  const auto seconds = [](double time) { return QLocale().toString(time, 'f', 2); };
  const auto& time = timeline_.visible();
  const auto hz = visibleFrequencies();
  const auto said = pictures.isEmpty() ? QString()
                                       : tr("From above: %1; from %2 to %3 s and from %4 to %5.")
                                             .arg(listed(pictures), seconds(time.begin), seconds(time.end),
                                                  frequency_text(hz.lower), frequency_text(hz.upper));
  if (said != accessibleDescription()) setAccessibleDescription(said);
}

}  // namespace octet::ui
