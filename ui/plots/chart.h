#pragma once

#include <QStackedWidget>
#include <QStringList>
#include <QTimer>
#include <QVector>

#include "ui/plots/chart_file.h"
#include "ui/plotting.h"

class QLabel;

namespace octet::ui {

class ChartZoom;

/// A plot with a table of its numbers below it; where there is nothing to show, a line that says what to do.
/// It is looked at closer (ChartZoom), says what the mouse points at, and is copied and saved by its context
/// menu. Redraws itself when the palette changes.
class Chart : public QStackedWidget {
  Q_OBJECT

 public:
  explicit Chart(QWidget* parent = nullptr);

  QCustomPlot& plot() { return *plot_; }
  const QCustomPlot& plot() const { return *plot_; }
  const QTableWidget& table() const { return *table_; }
  /// Keys go to the numbers.
  void focusTable();
  QString hint() const;
  /// Screen readers say it.
  void announceHint();
  bool isEmpty() const { return currentIndex() == 0; }
  ChartZoom& zoom() { return *zoom_; }

  /// As it is seen, in the form that an ending stands for: "png", "svg", or "csv", the table.
  FileContent content(const QString& ending);
  /// By the ending of the path; a parent writes it (WriteRequest).
  void save(const QString& path);
  void copyPicture();
  void copyTable();

 Q_SIGNALS:
  /// The plot, in its pixels, by the left button and no drag.
  void plotClicked(const QPointF& at);

 protected:
  /// Fills plot and table from what the chart was given; nothing to show: says so by showHint.
  virtual void draw() = 0;
  /// What a point is called by its key where the mouse is on it; empty: the number, or the name on the axis.
  virtual QString nameOf(double /*key*/) const { return {}; }

  /// Clears the plot, calls draw, lays out.
  void redraw();
  /// The same once it is seen, and a few times a second at most: for what comes again and again.
  void redrawWhenSeen();
  void showHint(const QString& hint);
  void setCaption(const QString& caption);
  /// The first column is text, the rest are numbers. Colours of heads may be invalid.
  void setTable(const QStringList& heads, const QList<QStringList>& rows, const QList<QColor>& head_colours);
  void hideTable();
  /// The row that keys go on from; none below 0.
  void chooseRow(int row);
  void showLegend();
  /// Rows of `lines` text lines that the plot needs at least.
  void setPlotHeight(int lines);
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void askWhereToSave(const QString& ending, const QString& kind);
  void tell(const QPoint& place, const QString& text);
  bool hasTable() const;
  void wrapLegend();
  void fitNames();

  QLabel* hint_;
  QLabel* caption_;
  QCustomPlot* plot_;
  QTableWidget* table_;
  ChartZoom* zoom_;
  QString told_;  // where the mouse is
  QTimer soon_;
  bool outdated_ = false;
};

}  // namespace octet::ui
