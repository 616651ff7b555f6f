#pragma once

#include <QWidget>

namespace octet::ui {

/// How loud what is played is, against full scale, and whether it was cut: a mark stays until it is clicked
/// or another play begins.
class LevelMeter : public QWidget {
  Q_OBJECT

 public:
  explicit LevelMeter(QWidget* parent = nullptr);

  /// The largest sample since the last time, linear; more than 1 is cut by the card.
  void showPeak(float peak);
  /// Nothing is played, and nothing was cut.
  void reset();
  bool clipped() const { return clipped_; }
  double level() const { return level_; }  ///< dBFS

  QSize sizeHint() const override;

 protected:
  void mousePressEvent(QMouseEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void tell();

  static constexpr double kQuietest = -60;  // dBFS
  double level_ = kQuietest;
  bool clipped_ = false;
};

}  // namespace octet::ui
