#include "ui/plots/chart.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QTableWidget>
#include <QToolTip>
#include <QVBoxLayout>
#include <chrono>

#include "ui/language/accessible_role.h"
#include "ui/language/announce.h"
#include "ui/plots/chart_zoom.h"
#include "ui/plots/readout.h"
#include "ui/screen_plot.h"
#include "ui/theme/path_row.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr std::chrono::milliseconds kSoon{250};
constexpr int kNarrowest = 24;      // characters that a plot has room for, however narrow its window
constexpr int kRowsForWidths = 24;  // below what is seen, for the width of columns

/// It shows that it has the keys.
class KeyPlot : public ScreenPlot {
 protected:
  void paintEvent(QPaintEvent* event) override {
    ScreenPlot::paintEvent(event);
    if (!hasFocus()) return;
    QPainter painter(this);
    painter.setPen(palette().color(QPalette::Highlight));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
  }
};

/// Ctrl+C, or that it is about to come.
bool is_copy(const QEvent& event) {
  return (event.type() == QEvent::ShortcutOverride || event.type() == QEvent::KeyPress) &&
         static_cast<const QKeyEvent&>(event).matches(QKeySequence::Copy);
}

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
      plot_(new KeyPlot),
      table_(new QTableWidget),
      zoom_(new ChartZoom(*plot_)) {
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
  plot_->setFocusPolicy(Qt::StrongFocus);
  call_picture(*plot_);
  plot_->setMinimumWidth(fontMetrics().horizontalAdvance(QString(kNarrowest, 'e')));  // else its legend's
  connect(plot_, &QCustomPlot::beforeReplot, this, &Chart::wrapLegend);
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
  connect(zoom_, &ChartZoom::clicked, this, &Chart::plotClicked);
  zoom_->takeKeysOf(*table_);
  plot_->installEventFilter(this);
  table_->installEventFilter(this);
  table_->viewport()->installEventFilter(this);
}

void Chart::focusTable() { table_->setFocus(); }

QString Chart::hint() const { return isEmpty() ? hint_->text() : QString(); }

void Chart::announceHint() { announce(*hint_); }

void Chart::redrawWhenSeen() {
  outdated_ = true;
  if (isVisible() && !soon_.isActive()) soon_.start();
}

void Chart::redraw() {
  outdated_ = false;
  soon_.stop();
  auto small = font();
  small.setPointSizeF(small.pointSizeF() * 0.9);
  zoom_->lift();
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
  if (!isEmpty()) zoom_->settle();
  plot_->replot(QCustomPlot::rpQueuedReplot);
}

void Chart::showHint(const QString& hint) {
  hint_->setText(hint);
  setCurrentIndex(0);
}

void Chart::setCaption(const QString& caption) {
  caption_->setText(caption);
  plot_->setAccessibleDescription(caption);
}

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
  fitNames();
}

/// The first column takes the room that is left, and never less than its names.
void Chart::fitNames() {
  const auto& head = *table_->horizontalHeader();
  const QAbstractItemView& cells = *table_;
  int needed = 0;
  for (int column = 0; column < table_->columnCount(); ++column)
    needed += std::max(cells.sizeHintForColumn(column), head.sectionSizeHint(column));
  const bool room = needed <= table_->viewport()->width();
  if (table_->columnCount() > 0)
    table_->horizontalHeader()->setSectionResizeMode(
        0, room ? QHeaderView::Stretch : QHeaderView::ResizeToContents);
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
  wrapLegend();
}

/// In as many columns as have room, so that no plot makes its window wider.
void Chart::wrapLegend() {
  auto& legend = *plot_->legend;
  int widest = 1, items = 0;
  for (int i = 0; i < legend.itemCount(); ++i) {
    const auto* item = legend.item(i);
    if (!item) continue;  // a cell of the last row
    widest = std::max(widest, item->minimumOuterSizeHint().width() + legend.columnSpacing());
    ++items;
  }
  const int columns = std::clamp((plot_->width() - 2 * kSpacing) / widest, 1, std::max(1, items));
  if (legend.wrap() == columns) return;
  legend.setWrap(columns);
  legend.setFillOrder(QCPLegend::foColumnsFirst);  // puts what is there into its new places
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

bool Chart::hasTable() const { return table_->isVisibleTo(this); }

FileContent Chart::content(const QString& ending) {
  if (ending == QLatin1String("png")) return png_of(*plot_);
  if (ending == QLatin1String("svg")) return svg_of(*plot_, plot_->accessibleName(), caption_->text());
  return [csv = csv_of(*table_)] { return csv.toUtf8(); };
}

void Chart::save(const QString& path) {
  if (!ask_to_write(*this, path, content(QFileInfo(path).suffix().toLower())))
    qWarning("nothing here writes %s", qPrintable(path));
}

void Chart::copyPicture() { QApplication::clipboard()->setImage(image_of(*plot_)); }

void Chart::copyTable() { QApplication::clipboard()->setText(csv_of(*table_)); }

void Chart::askWhereToSave(const QString& ending, const QString& kind) {
  const auto name = plot_->objectName().remove(QLatin1String("Plot")) + '.' + ending;
  const auto path =
      asked_for_file(this, tr("Save the plot"), name, QStringLiteral("%1 (*.%2)").arg(kind, ending));
  if (!path.isEmpty()) save(path);
}

void Chart::contextMenuEvent(QContextMenuEvent* event) {
  if (isEmpty()) return QStackedWidget::contextMenuEvent(event);
  auto* menu = new QMenu(this);
  menu->setObjectName("chartMenu");
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addAction(tr("Copy the &picture"), this, &Chart::copyPicture);
  if (hasTable()) menu->addAction(tr("Copy the &table"), this, &Chart::copyTable);
  menu->addSeparator();
  const auto add = [&](const QString& text, const char* ending, const QString& kind) {
    menu->addAction(text, this, [this, ending, kind] { askWhereToSave(QLatin1String(ending), kind); });
  };
  add(tr("Save as P&NG…"), "png", tr("Pictures"));
  add(tr("Save as &SVG…"), "svg", tr("Drawings"));
  if (hasTable()) add(tr("Save the table as &CSV…"), "csv", tr("Tables"));
  menu->addSeparator();
  auto* whole = menu->addAction(tr("Show the &whole plot"), zoom_, &ChartZoom::showAll);
  whole->setEnabled(zoom_->isZoomed());
  menu->popup(event->globalPos());
}

void Chart::tell(const QPoint& place, const QString& text) {
  if (text == told_) return;
  told_ = text;
  QToolTip::showText(place, text, plot_);  // no text: takes away what was said
}

bool Chart::eventFilter(QObject* object, QEvent* event) {
  if (event->type() == QEvent::Resize && object == table_->viewport()) fitNames();
  if (event->type() == QEvent::MouseMove && object == plot_) {
    const auto& mouse = static_cast<const QMouseEvent&>(*event);
    if (mouse.buttons() == Qt::NoButton)
      tell(mouse.globalPosition().toPoint(),
           readout(*plot_, mouse.position(), [this](double key) { return nameOf(key); }));
  } else if (event->type() == QEvent::Leave && object == plot_) {
    told_.clear();
  } else if (event->type() == QEvent::ToolTip && object == plot_) {
    if (told_.isEmpty())
      QToolTip::showText(
          static_cast<const QHelpEvent&>(*event).globalPos(),
          tr("Closer: the wheel, or drag a frame (+ and −). All of it: double click (0). Right "
             "button: copy and save."),
          plot_);
    return true;
  } else if (is_copy(*event) && !isEmpty()) {
    event->accept();
    if (event->type() == QEvent::KeyPress) object == plot_ ? copyPicture() : copyTable();
    return true;
  }
  return QStackedWidget::eventFilter(object, event);
}

}  // namespace octet::ui
