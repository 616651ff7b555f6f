#include "ui/study/pairs_chart.h"

#include <QHelpEvent>
#include <QLocale>
#include <QTableWidget>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/language/sentences.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

/// Names beside the cells, at most: of more, every second, third …
constexpr int kMostNames = 24;
/// Cells with room for their figure.
constexpr int kMostFigures = 12;
/// Of the scale: where all is independent, noise is no picture.
constexpr double kLeastMost = 0.1;

QString percent(double share) {
  return QStringLiteral("%1\u202f%").arg(QLocale().toString(100 * share, 'g', 3));
}

QString interaction_text(double value, int digits) {
  if (!std::isfinite(value)) return QStringLiteral("–");
  return (value < 0 ? QStringLiteral("−") : QStringLiteral("+")) +
         QLocale().toString(std::abs(value), 'f', digits);
}

/// What all names begin with, up to a dot.
std::size_t common_path(const std::vector<std::string>& names) {
  auto common = names.front();
  for (const auto& name : names)
    common.resize(static_cast<std::size_t>(std::ranges::mismatch(common, name).in1 - common.begin()));
  const auto dot = common.rfind('.');
  return dot == common.npos ? 0 : dot + 1;
}

QCPColorGradient gradient_of_interactions() {
  constexpr int kSteps = 20;
  QCPColorGradient gradient;
  for (int i = 0; i <= kSteps; ++i)
    gradient.setColorStopAt(static_cast<double>(i) / kSteps, diverging(2.0 * i / kSteps - 1));
  gradient.setNanHandling(QCPColorGradient::nhTransparent);
  return gradient;
}

}  // namespace

PairsChart::PairsChart(QWidget* parent) : Chart(parent), scale_(new QCPColorScale(&plot())) {
  plot().setObjectName("pairsPlot");
  plot().setAccessibleName(tr("Layers by layers, in the colour of their interaction"));
  setPlotHeight(18);
  plot().plotLayout()->addElement(0, 1, scale_);
  auto* sides = new QCPMarginGroup(&plot());
  plot().axisRect()->setMarginGroup(QCP::msTop | QCP::msBottom, sides);
  scale_->setMarginGroup(QCP::msTop | QCP::msBottom, sides);
  plot().installEventFilter(this);
  connect(this, &Chart::plotClicked, this, [this](const QPointF& at) {
    const int pair = pairAt(at);
    if (pair < 0) return;
    chooseRow(pair);
    Q_EMIT taken(pair);
  });
  connect(&table(), &QTableWidget::currentCellChanged, this, [this](int row) {
    if (row < 0 || row == chosen_) return;
    chosen_ = row;
    drawChosen();
  });
  connect(&table(), &QTableWidget::cellActivated, this, &PairsChart::taken);
  redraw();
}

void PairsChart::setPairs(std::shared_ptr<const LayerPairs> study, DamageKind kind) {
  study_ = std::move(study);
  kind_ = kind;
  layers_.clear();
  for (const auto& layer : study_->layers)
    if (layer.kind == kind) layers_.push_back(layer.layer);
  pairs_.clear();
  for (const auto& pair : study_->pairs)
    if (pair.kind == kind) pairs_.push_back(pair);
  std::ranges::stable_sort(pairs_, std::greater(), [](const PairDamage& pair) {
    return std::isfinite(pair.interaction) ? std::abs(pair.interaction) : -1;
  });
  common_ = layers_.empty() ? 0 : common_path(layers_);
  chosen_ = pairs_.empty() ? -1 : 0;
  redraw();
}

QString PairsChart::shortName(const std::string& layer) const {
  return QString::fromStdString(layer.substr(common_));
}

std::pair<int, int> PairsChart::cell(int pair) const {
  const auto& [first, second] =
      std::tie(pairs_[static_cast<std::size_t>(pair)].first, pairs_[static_cast<std::size_t>(pair)].second);
  const auto place = [&](const std::string& name) {
    return static_cast<int>(std::ranges::find(layers_, name) - layers_.begin());
  };
  return {place(first), place(second)};
}

QPointF PairsChart::place(int pair) const {
  const auto [column, row] = cell(pair);
  return {plot().xAxis->coordToPixel(column), plot().yAxis->coordToPixel(row)};
}

int PairsChart::pairAt(const QPointF& where) const {
  const auto column = static_cast<int>(std::lround(plot().xAxis->pixelToCoord(where.x())));
  const auto row = static_cast<int>(std::lround(plot().yAxis->pixelToCoord(where.y())));
  for (int i = 0; i < static_cast<int>(pairs_.size()); ++i)
    if (const auto [a, b] = cell(i); (a == column && b == row) || (a == row && b == column)) return i;
  return -1;
}

QString PairsChart::description(const PairDamage& pair) {
  const auto names = QString::fromStdString(pair.first + "\n" + pair.second);
  if (!pair.fault.empty()) return names + "\n" + QString::fromStdString(pair.fault);
  return tr("%1\ninteraction %2; together %3 where %4 were expected")
      .arg(names, interaction_text(pair.interaction, 3), percent(pair.damage), percent(pair.expected));
}

void PairsChart::draw() {
  frames_.clear();  // the plot was cleared
  if (pairs_.empty()) return showHint(tr("No pair of this kind is measured yet."));
  QStringList caption{
      tr("Interaction: the cosine of the errors of two layers. 0: independent, as automatic plans take "
         "them to be; above, each makes the other's worse; below, they cancel out.")};
  if (const auto spread = interaction_spread(*study_, kind_))
    caption << tr("%n pairs: %1 in the median, from %2 to %3.", nullptr, static_cast<int>(spread->pairs))
                   .arg(interaction_text(spread->median, 3), interaction_text(spread->least, 3),
                        interaction_text(spread->most, 3));
  setCaption(sentences(caption));
  drawAxes();
  drawCells();
  fillTable();
  drawChosen();
}

void PairsChart::drawAxes() {
  const auto count = static_cast<int>(layers_.size());
  auto names = QSharedPointer<QCPAxisTickerText>::create(),
       numbers = QSharedPointer<QCPAxisTickerText>::create();
  for (int i = 0; i < count; i += 1 + (count - 1) / kMostNames) {
    names->addTick(i,
                   QStringLiteral("%1  %2").arg(shortName(layers_[static_cast<std::size_t>(i)])).arg(i + 1));
    numbers->addTick(i, QString::number(i + 1));
  }
  auto &x = *plot().xAxis, &y = *plot().yAxis;
  x.setTicker(numbers);
  y.setTicker(names);
  for (auto* axis : {&x, &y}) {
    axis->setRange(-0.5, count - 0.5);
    axis->setTickLength(0, 0);
    axis->grid()->setVisible(false);
  }
  y.setRangeReversed(true);
  const auto path = QString::fromStdString(layers_.front().substr(0, common_));
  x.setLabel(path.isEmpty() ? QString() : tr("layers of %1*").arg(path));
}

void PairsChart::drawCells() {
  const auto count = static_cast<int>(layers_.size());
  double most = kLeastMost;
  for (const auto& pair : pairs_)
    if (std::isfinite(pair.interaction)) most = std::max(most, std::abs(pair.interaction));
  auto* map = new QCPColorMap(plot().xAxis, plot().yAxis);
  map->data()->setSize(count, count);
  map->data()->setRange(QCPRange(0, count - 1), QCPRange(0, count - 1));
  map->data()->fill(std::nan(""));
  map->setInterpolate(false);
  map->setTightBoundary(false);
  for (int i = 0; i < static_cast<int>(pairs_.size()); ++i) {
    const auto [column, row] = cell(i);
    const auto interaction = pairs_[static_cast<std::size_t>(i)].interaction;
    map->data()->setCell(column, row, interaction);
    map->data()->setCell(row, column, interaction);
    if (count > kMostFigures) continue;
    for (const auto& [x, y] : {std::pair(column, row), {row, column}}) {
      auto* figure = new QCPItemText(&plot());
      figure->position->setCoords(x, y);
      figure->setText(interaction_text(interaction, 2));
      figure->setFont(plot().xAxis->tickLabelFont());
      figure->setColor(readable_on(diverging(std::isfinite(interaction) ? interaction / most : 0)));
    }
  }
  map->setColorScale(scale_);
  drawScale(most);
}

void PairsChart::drawScale(double most) {
  scale_->setGradient(gradient_of_interactions());
  scale_->setDataRange(QCPRange(-most, most));
  scale_->setBarWidth(3 * kSpacing);
  auto& axis = *scale_->axis();
  axis.setLabel(tr("interaction"));
  axis.setLabelColor(colours().muted);
  axis.setTickLabelColor(palette().color(QPalette::Text));
  axis.setTickLabelFont(plot().xAxis->tickLabelFont());
  axis.setLabelFont(plot().xAxis->labelFont());
  for (auto* side : {&axis, plot().xAxis2}) {
    side->setBasePen(QPen(colours().faint));
    side->setTickPen(QPen(colours().faint));
    side->setSubTickPen(Qt::NoPen);
  }
}

/// A frame around both of its cells.
void PairsChart::drawChosen() {
  for (auto* frame : frames_) plot().removeItem(frame);
  frames_.clear();
  if (chosen_ >= 0 && chosen_ < static_cast<int>(pairs_.size())) {
    const auto [column, row] = cell(chosen_);
    for (const auto& [x, y] : {std::pair(column, row), {row, column}}) {
      auto* frame = new QCPItemRect(&plot());
      frame->topLeft->setCoords(x - 0.5, y - 0.5);
      frame->bottomRight->setCoords(x + 0.5, y + 0.5);
      frame->setPen(QPen(palette().color(QPalette::Text), 2));
      frames_ << frame;
    }
  }
  plot().replot(QCustomPlot::rpQueuedReplot);
}

void PairsChart::fillTable() {
  QList<QStringList> rows;
  for (const auto& pair : pairs_)
    rows << QStringList{
        shortName(pair.first), shortName(pair.second),
        std::isfinite(pair.damage) ? percent(pair.damage) : QString::fromStdString(pair.fault),
        std::isfinite(pair.expected) ? percent(pair.expected) : QStringLiteral("–"),
        interaction_text(pair.interaction, 3)};
  const int chosen = chosen_;  // filling tells of rows
  setTable({tr("Layer"), tr("With"), tr("Damage"), tr("Expected"), tr("Interaction")}, rows, {});
  table().horizontalHeaderItem(1)->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  for (int row = 0; row < static_cast<int>(pairs_.size()); ++row)
    for (int column : {0, 1}) {
      auto& name = *table().item(row, column);
      name.setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
      name.setToolTip(description(pairs_[static_cast<std::size_t>(row)]));
    }
  chosen_ = chosen;
  chooseRow(chosen_);
}

bool PairsChart::eventFilter(QObject* object, QEvent* event) {
  if (object != &plot() || event->type() != QEvent::ToolTip) return Chart::eventFilter(object, event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const int pair = pairAt(help->pos());
  QToolTip::showText(help->globalPos(),
                     pair < 0 ? QString() : description(pairs_[static_cast<std::size_t>(pair)]), &plot());
  return true;
}

}  // namespace octet::ui
