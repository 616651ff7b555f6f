#pragma once

#include <QWidget>

#include "ui/risks/risk_chart.h"

class QLabel;
class QTabBar;
class QTableWidget;
class QTreeWidget;
class QVBoxLayout;

namespace octet::ui {

/// A risk's picture: its plots, what they say in sentences, who is to blame, and where to listen.
class RiskView : public QWidget {
  Q_OBJECT

 public:
  explicit RiskView(QWidget* parent = nullptr);

  /// `slot` is that of the plan.
  void setPicture(const RiskPicture& picture, int slot);
  /// In place of a picture.
  void setHint(const QString& hint);
  RiskChart& chart() { return *chart_; }

 Q_SIGNALS:
  /// A layer, or a part of the model that layers are below.
  void partChosen(const QString& part);
  void momentChosen(const std::string& clip, double seconds);

 private:
  void showPlot(int plot);
  void fillBlamed();
  void fillMoments();

  RiskPicture picture_;
  int slot_ = 1;
  QTabBar* tabs_;
  RiskChart* chart_;
  QTableWidget* figures_;  ///< of the chart
  QVBoxLayout *seen_, *said_;
  QLabel* findings_;
  QLabel* blame_title_;
  QTreeWidget* blamed_;
  QLabel* moments_title_;
  QTreeWidget* moments_;
};

}  // namespace octet::ui
