#pragma once

#include <QStackedWidget>
#include <QStringList>
#include <QTimer>
#include <QVector>

#include "ui/plotting.h"

class QLabel;

namespace octet::ui {

/// A plot with a table of its numbers below it; where there is nothing to show, a line that says what to do.
/// Redraws itself when the palette changes.
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
  bool isEmpty() const { return currentIndex() == 0; }

 protected:
  /// Fills plot and table from what the chart was given; nothing to show: says so by showHint.
  virtual void draw() = 0;

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

 private:
  QLabel* hint_;
  QLabel* caption_;
  QCustomPlot* plot_;
  QTableWidget* table_;
  QTimer soon_;
  bool outdated_ = false;
};

}  // namespace octet::ui
