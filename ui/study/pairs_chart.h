#pragma once

#include <memory>
#include <vector>

#include "core/study/layer_pairs.h"
#include "ui/plots/chart.h"

namespace octet::ui {

/// Layers by layers, each two in the colour of their interaction. Each pair is a row of the table, too, those
/// that interact most first: there the arrow keys go, and Enter takes one; a click on a cell does at once.
class PairsChart : public Chart {
  Q_OBJECT

 public:
  explicit PairsChart(QWidget* parent = nullptr);

  /// Of this kind alone.
  void setPairs(std::shared_ptr<const LayerPairs> study, DamageKind kind);
  /// As rows of the table.
  const std::vector<PairDamage>& pairs() const { return pairs_; }
  int chosen() const { return chosen_; }
  /// The middle of a pair's cell below the diagonal, in pixels of the plot.
  QPointF place(int pair) const;
  /// What is said of a pair where the mouse rests on it.
  static QString description(const PairDamage& pair);

 Q_SIGNALS:
  void taken(int pair);

 protected:
  void draw() override;
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  std::pair<int, int> cell(int pair) const;
  int pairAt(const QPointF& place) const;
  QString shortName(const std::string& layer) const;
  void drawAxes();
  void drawCells();
  void drawScale(double most);
  void drawChosen();
  void fillTable();

  std::shared_ptr<const LayerPairs> study_;
  DamageKind kind_ = DamageKind::mel;
  std::vector<std::string> layers_;
  std::size_t common_ = 0;  ///< letters that all their names begin with
  std::vector<PairDamage> pairs_;
  int chosen_ = -1;
  QCPColorScale* scale_;          // the plot's
  QVector<QCPItemRect*> frames_;  // around what is chosen; the plot's
};

}  // namespace octet::ui
