#include "ui/study/front_chart.h"

#include <QLocale>
#include <QTableWidget>
#include <algorithm>
#include <cmath>

#include "ui/model_tree/layer_column.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

/// Of a click from the point it is meant for, in pixels.
constexpr double kReach = 24;

double megabytes(const FrontPoint& point) { return static_cast<double>(point.foretold.bytes) / 1e6; }

double percent(const FrontPoint& point) { return 100 * point.foretold.damage.total(); }

/// A logarithmic axis has no place for none.
bool is_drawn(const FrontPoint& point) { return point.foretold.damage.total() > 0; }

bool on_front(const FrontPoint& point) { return point.kind == FrontPoint::Kind::automatic; }

QColor colour_of(const FrontPoint& point, const QPalette& palette) {
  switch (point.kind) {
    case FrontPoint::Kind::automatic:
    case FrontPoint::Kind::asked: return palette.color(QPalette::Text);
    case FrontPoint::Kind::preset: return colours().muted;
    case FrontPoint::Kind::slot: return run_colour(point.slot);
  }
  Q_UNREACHABLE();
}

QString damage_text(const FrontPoint& point) {
  const auto damage = QStringLiteral("%1\u202f%").arg(QLocale().toString(percent(point), 'g', 3));
  return point.foretold.unknown == 0 ? damage : QStringLiteral("≥ ") + damage;
}

}  // namespace

FrontChart::FrontChart(QWidget* parent) : Chart(parent) {
  plot().setObjectName("frontPlot");
  plot().setAccessibleName(tr("Plans by size and damage"));
  setPlotHeight(14);
  connect(this, &Chart::plotClicked, this, &FrontChart::click);
  connect(&table(), &QTableWidget::currentCellChanged, this, [this](int row) {
    if (row < 0 || row == chosen_) return;
    chosen_ = row;
    drawChosen();
  });
  connect(&table(), &QTableWidget::cellActivated, this, &FrontChart::taken);
  redraw();
}

void FrontChart::setPoints(std::vector<FrontPoint> points) {
  int chosen = -1;
  for (std::size_t i = 0; i < points.size() && chosen_ >= 0; ++i) {
    const auto& before = points_[static_cast<std::size_t>(chosen_)];
    if (points[i].kind == before.kind && points[i].slot == before.slot && points[i].plan == before.plan)
      chosen = static_cast<int>(i);
  }
  chosen_ = chosen;
  points_ = std::move(points);
  redraw();
}

void FrontChart::setCheckpointBytes(std::uint64_t bytes) {
  checkpoint_bytes_ = bytes;
  redraw();
}

void FrontChart::choose(int point) {
  chosen_ = point;
  chooseRow(point);
  drawChosen();
}

std::optional<QPointF> FrontChart::place(int point) const {
  const auto& one = points_[static_cast<std::size_t>(point)];
  if (!is_drawn(one)) return {};
  return QPointF(plot().xAxis->coordToPixel(megabytes(one)), plot().yAxis->coordToPixel(percent(one)));
}

void FrontChart::draw() {
  ring_ = nullptr;  // the plot was cleared
  const auto drawn = std::ranges::count_if(points_, is_drawn);
  if (points_.empty()) return showHint(tr("Making plans…"));
  if (drawn == 0) return showHint(tr("The study has no layer that could be stored in fewer bytes."));
  setCaption(tr(
      "Each point is a plan: how large its export is, and how much it changes what comes out, as the study "
      "foretells it. None of this says what is heard: validate the plan you take. ≥: at least, as "
      "the study has not measured all of its layers so."));
  double smallest = HUGE_VAL, largest = 0, least = HUGE_VAL, most = 0;
  for (const auto& point : points_) {
    smallest = std::min(smallest, megabytes(point));
    largest = std::max(largest, megabytes(point));
    if (!is_drawn(point)) continue;
    least = std::min(least, percent(point));
    most = std::max(most, percent(point));
  }
  auto& x = *plot().xAxis;
  auto& y = *plot().yAxis;
  const double margin = std::max(0.05 * (largest - smallest), 0.01 * largest);
  x.setRange(smallest - margin, largest + 2 * margin);
  x.setLabel(tr("MB"));
  y.setScaleType(QCPAxis::stLogarithmic);
  y.setTicker(QSharedPointer<QCPAxisTickerLog>::create());
  y.setNumberFormat("gb");
  y.setNumberPrecision(3);
  y.setRange(least / 1.6, most * 4);  // names stand above
  y.setLabel(tr("damage, %"));
  drawHalf();
  drawFront();
  for (const auto& point : points_)
    if (!on_front(point) && is_drawn(point)) drawNamed(point);
  ring_ = plot().addGraph();
  ring_->setLineStyle(QCPGraph::lsNone);
  ring_->setScatterStyle(
      {QCPScatterStyle::ssCircle, QPen(palette().color(QPalette::Highlight), 2), Qt::NoBrush, 16});
  fillTable();
  drawChosen();
}

void FrontChart::drawHalf() {
  const double half = static_cast<double>(checkpoint_bytes_) / 2e6;
  if (!plot().xAxis->range().contains(half)) return;
  auto* line = new QCPItemLine(&plot());
  line->setObjectName("half");
  for (auto* end : {line->start, line->end}) {
    end->setTypeX(QCPItemPosition::ptPlotCoords);
    end->setTypeY(QCPItemPosition::ptAxisRectRatio);
  }
  line->start->setCoords(half, 1);
  line->end->setCoords(half, 0);
  line->setPen(QPen(colours().muted, 1, Qt::DashLine));
  auto* said = new QCPItemText(&plot());
  said->position->setTypeX(QCPItemPosition::ptPlotCoords);
  said->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
  said->position->setCoords(half, 1);
  said->setPositionAlignment(Qt::AlignLeft | Qt::AlignBottom);
  said->setPadding(QMargins(kSpacing / 2, 0, 0, kSpacing / 2));
  said->setText(tr("half of the checkpoint"));
  said->setColor(colours().muted);
}

void FrontChart::drawFront() {
  auto* graph = plot().addGraph();
  const auto colour = palette().color(QPalette::Text);
  graph->setName(tr("automatic plans"));
  graph->setPen(QPen(colour, 1.5));
  graph->setScatterStyle({QCPScatterStyle::ssDisc, colour, colour, 6});
  for (const auto& point : points_)
    if (on_front(point) && is_drawn(point)) graph->addData(megabytes(point), percent(point));
}

void FrontChart::drawNamed(const FrontPoint& point) {
  const auto colour = colour_of(point, palette());
  auto* graph = plot().addGraph();
  graph->setName(point.name);
  graph->setLineStyle(QCPGraph::lsNone);
  graph->setScatterStyle(
      {point.kind == FrontPoint::Kind::slot ? QCPScatterStyle::ssDisc : QCPScatterStyle::ssSquare, colour,
       colour, 9});
  graph->addData(megabytes(point), percent(point));
  auto* name = new QCPItemText(&plot());
  name->setPositionAlignment(Qt::AlignLeft | Qt::AlignBottom);
  name->position->setCoords(megabytes(point), percent(point));
  name->setPadding(QMargins(kSpacing, 0, kSpacing, 0));
  name->setText(point.foretold.unknown == 0 ? point.name : QStringLiteral("%1, ≥").arg(point.name));
  name->setColor(colour);
}

/// A ring around it.
void FrontChart::drawChosen() {
  if (!ring_) return;
  ring_->data()->clear();
  if (chosen_ >= 0 && is_drawn(points_[static_cast<std::size_t>(chosen_)])) {
    const auto& point = points_[static_cast<std::size_t>(chosen_)];
    ring_->addData(megabytes(point), percent(point));
  }
  plot().replot(QCustomPlot::rpQueuedReplot);
}

void FrontChart::fillTable() {
  QList<QStringList> rows;
  for (const auto& point : points_)
    rows << QStringList{point.name, bytes_text(static_cast<double>(point.foretold.bytes)), damage_text(point),
                        QLocale().toString(qulonglong(point.foretold.int8_layers)),
                        QLocale().toString(qulonglong(point.foretold.unknown))};
  const int chosen = chosen_;  // filling tells of rows
  setTable({tr("Plan"), tr("Bytes"), tr("Damage"), tr("int8 layers"), tr("Not studied")}, rows, {});
  chosen_ = chosen;
  chooseRow(chosen_);
}

void FrontChart::click(const QPointF& where) {
  int nearest = -1;
  double least = kReach;
  for (int i = 0; i < static_cast<int>(points_.size()); ++i) {
    const auto drawn = place(i);
    if (!drawn) continue;
    const auto away = *drawn - where;
    const double distance = std::hypot(away.x(), away.y());
    if (distance >= least) continue;
    least = distance;
    nearest = i;
  }
  if (nearest < 0) return;
  choose(nearest);
  Q_EMIT taken(nearest);
}

}  // namespace octet::ui
