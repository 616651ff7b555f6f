#pragma once

#include <optional>
#include <vector>

#include "ui/plots/chart.h"
#include "ui/study/front_points.h"

namespace octet::ui {

/// Plans by size and foretold damage: the automatic ones as a line, others by their names. Each is a row of
/// the table, too: there the arrow keys go, and Enter takes one; a click on a point does at once.
class FrontChart : public Chart {
  Q_OBJECT

 public:
  explicit FrontChart(QWidget* parent = nullptr);

  /// By size, as sort_by_size has it. What was chosen stays so where it is among them.
  void setPoints(std::vector<FrontPoint> points);
  const std::vector<FrontPoint>& points() const { return points_; }
  /// A line stands at half of these bytes, which is what people come for.
  void setCheckpointBytes(std::uint64_t bytes);
  void choose(int point);
  int chosen() const { return chosen_; }
  /// In pixels of the plot; none where it is not drawn.
  std::optional<QPointF> place(int point) const;

 Q_SIGNALS:
  void taken(int point);

 protected:
  void draw() override;

 private:
  void drawHalf();
  void drawFront();
  void drawNamed(const FrontPoint& point);
  void drawChosen();
  void fillTable();
  void click(const QPointF& place);

  std::vector<FrontPoint> points_;
  std::uint64_t checkpoint_bytes_ = 0;  // 0: not known yet
  int chosen_ = -1;
  QCPGraph* ring_ = nullptr;  // around what is chosen; the plot's
};

}  // namespace octet::ui
