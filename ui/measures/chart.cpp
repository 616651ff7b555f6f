#include "ui/measures/chart.h"

#include <QHeaderView>
#include <QLabel>
#include <QTableWidget>
#include <QVBoxLayout>
#include <chrono>

#include "ui/screen_plot.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr std::chrono::milliseconds kSoon{250};
constexpr int kRowsForWidths = 24;  // below what is seen, for the width of columns

void colour_axis(QCPAxis& axis, const QFont& font, const QPalette& palette) {
  const QPen line(colours().faint);
  axis.setBasePen(line);
  axis.setTickPen(line);
  axis.setSubTickPen(line);
  axis.setTickLabelColor(palette.color(QPalette::Text));
  axis.setLabelColor(colours().muted);
  axis.setTickLabelFont(font);
  axis.setLabelFont(font);
  axis.grid()->setPen(QPen(colours().faint, 0, Qt::SolidLine));
  axis.grid()->setZeroLinePen(Qt::NoPen);
}

}  // namespace

Chart::Chart(QWidget* parent)
    : QStackedWidget(parent),
      hint_(new QLabel),
      caption_(new QLabel),
      plot_(new ScreenPlot),
      table_(new QTableWidget) {
  hint_->setWordWrap(true);
  hint_->setAlignment(Qt::AlignCenter);
  hint_->setMargin(4 * kSpacing);
  addWidget(hint_);

  auto* content = new QWidget;
  content->setAutoFillBackground(true);
  content->setBackgroundRole(QPalette::Base);
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(0, kSpacing, 0, 0);
  caption_->setWordWrap(true);
  caption_->setContentsMargins(2 * kSpacing, 0, 2 * kSpacing, 0);
  column->addWidget(caption_);
  plot_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  plot_->setFocusPolicy(Qt::NoFocus);
  column->addWidget(plot_, 3);
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setAlternatingRowColors(true);
  table_->setShowGrid(false);
  table_->setFrameShape(QFrame::NoFrame);
  table_->setWordWrap(false);
  table_->setTabKeyNavigation(false);  // keys would never leave it
  table_->setAccessibleName(tr("The numbers of the plot"));
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(table_->fontMetrics().height() + 2 * kSpacing);
  table_->horizontalHeader()->setResizeContentsPrecision(kRowsForWidths);
  table_->horizontalHeader()->setHighlightSections(false);
  table_->horizontalHeader()->setStretchLastSection(false);
  column->addWidget(table_, 2);
  addWidget(content);
  soon_.setSingleShot(true);
  soon_.setInterval(kSoon);
  connect(&soon_, &QTimer::timeout, this, &Chart::redraw);
}

void Chart::focusTable() { table_->setFocus(); }

QString Chart::hint() const { return isEmpty() ? hint_->text() : QString(); }

void Chart::redrawWhenSeen() {
  outdated_ = true;
  if (isVisible() && !soon_.isActive()) soon_.start();
}

void Chart::redraw() {
  outdated_ = false;
  soon_.stop();
  auto small = font();
  small.setPointSizeF(small.pointSizeF() * 0.9);
  plot_->clearPlottables();
  plot_->clearItems();
  plot_->setBackground(colours().plot);
  for (auto* axis : {plot_->xAxis, plot_->yAxis, plot_->xAxis2, plot_->yAxis2}) {
    axis->setRangeReversed(false);
    axis->setScaleType(QCPAxis::stLinear);
    axis->setTicker(QSharedPointer<QCPAxisTicker>::create());
    axis->setTickLabelRotation(0);
    axis->setTickLength(0, 3);
    axis->setSubTicks(false);
    axis->grid()->setVisible(true);
    axis->setLabel({});
    colour_axis(*axis, small, palette());
  }
  plot_->legend->setVisible(false);
  auto muted = palette();
  muted.setColor(QPalette::WindowText, colours().muted);
  caption_->setPalette(muted);
  hint_->setPalette(muted);
  setCurrentIndex(1);
  draw();
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void Chart::showHint(const QString& hint) {
  hint_->setText(hint);
  setCurrentIndex(0);
}

void Chart::setCaption(const QString& caption) { caption_->setText(caption); }

void Chart::setTable(const QStringList& heads, const QList<QStringList>& rows,
                     const QList<QColor>& head_colours) {
  table_->show();
  table_->clear();
  table_->setColumnCount(static_cast<int>(heads.size()));
  table_->setRowCount(static_cast<int>(rows.size()));
  for (int column = 0; column < heads.size(); ++column) {
    auto* head = new QTableWidgetItem(heads[column]);
    head->setTextAlignment((column == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
    if (column < head_colours.size() && head_colours[column].isValid())
      head->setForeground(head_colours[column]);
    table_->setHorizontalHeaderItem(column, head);
    for (int row = 0; row < rows.size(); ++row) {
      auto* cell = new QTableWidgetItem(rows[row].value(column));
      cell->setTextAlignment((column == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
      table_->setItem(row, column, cell);
    }
  }
  table_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  table_->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
}

void Chart::hideTable() { table_->hide(); }

void Chart::chooseRow(int row) { table_->setCurrentCell(row, row < 0 ? -1 : 0); }

void Chart::showLegend() {
  auto& legend = *plot_->legend;
  auto small = font();
  small.setPointSizeF(small.pointSizeF() * 0.9);
  legend.setVisible(true);
  legend.setFont(small);
  legend.setTextColor(palette().color(QPalette::Text));
  legend.setBorderPen(Qt::NoPen);
  legend.setBrush(Qt::NoBrush);
  legend.setMargins({2 * kSpacing, 0, 0, 0});
  legend.setColumnSpacing(3 * kSpacing);
  legend.setRowSpacing(0);
  legend.setFillOrder(QCPLegend::foColumnsFirst);
  legend.setWrap(0);
  legend.setIconSize(16, 12);
  if (plot_->plotLayout()->rowCount() == 1) {  // above the axes, not upon the data
    plot_->plotLayout()->insertRow(0);
    auto* row = new QCPLayoutGrid;
    plot_->plotLayout()->addElement(0, 0, row);
    row->addElement(0, 0, &legend);
    row->addElement(0, 1, new QCPLayoutElement(plot_));  // takes the rest
    row->setColumnStretchFactor(0, 0.001);
    plot_->plotLayout()->setRowStretchFactor(0, 0.001);
  }
}

void Chart::setPlotHeight(int lines) { plot_->setMinimumHeight(lines * fontMetrics().height()); }

void Chart::changeEvent(QEvent* event) {
  QStackedWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) redraw();
}

void Chart::showEvent(QShowEvent* event) {
  QStackedWidget::showEvent(event);
  if (outdated_) redraw();
}

}  // namespace octet::ui
