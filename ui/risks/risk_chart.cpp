#include "ui/risks/risk_chart.h"

#include <QLocale>
#include <algorithm>
#include <array>
#include <cmath>

#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr double kAir = 0.06;  // beyond what is drawn, of the axis

/// Of all finite values that `of` gives; none: 0 to 1.
template <typename Of>
QCPRange range_of(const std::vector<RiskSeries>& series, const Of& of) {
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (const auto& one : series)
    for (const double value : of(one))
      if (std::isfinite(value)) {
        low = std::min(low, value);
        high = std::max(high, value);
      }
  return low <= high ? QCPRange(low, high) : QCPRange(0, 1);
}

bool has_bars(const std::vector<RiskSeries>& series) {
  return std::ranges::find(series, RiskSeries::Form::bars, &RiskSeries::form) != series.end();
}

QSharedPointer<QCPAxisTicker> ticker_of(const RiskAxis& axis) {
  if (axis.names.empty()) return QSharedPointer<QCPAxisTicker>::create();
  auto ticker = QSharedPointer<QCPAxisTickerText>::create();
  for (const auto& [place, name] : axis.names) ticker->addTick(place, name);
  return ticker;
}

/// 200, 500, 1000 …: a decade or two have too few powers of ten to be read by.
QSharedPointer<QCPAxisTicker> round_numbers(const QCPRange& range) {
  auto ticker = QSharedPointer<QCPAxisTickerText>::create();
  const auto power = [](double value) { return static_cast<int>(std::floor(std::log10(value))); };
  for (int decade = power(range.lower); decade <= power(range.upper); ++decade)
    for (const int digit : {1, 2, 5})
      if (const double value = digit * std::pow(10, decade); range.contains(value))
        ticker->addTick(value, QLocale().toString(value, 'f', 0));
  return ticker;
}

}  // namespace

RiskChart::RiskChart(QWidget* parent) : Chart(parent) {
  plot().setObjectName("riskPlot");
  plot().setAccessibleName(tr("Plot of the risk"));
  redraw();
}

void RiskChart::setPlot(const RiskPlot& plot, int slot) {
  shown_ = plot;
  slot_ = slot;
  this->plot().setAccessibleName(plot.title);
  redraw();
}

void RiskChart::setHint(const QString& hint) {
  shown_ = {};
  advice_ = hint;
  redraw();
}

QPen RiskChart::penOf(RiskRole role) const {
  switch (role) {
    case RiskRole::plan: return QPen(run_colour(slot_), 2);
    case RiskRole::floor: return QPen(colours().muted, 1.5, Qt::DashLine);
    case RiskRole::reference: return QPen(palette().color(QPalette::Text), 1.5);
    case RiskRole::other: return QPen(palette().color(QPalette::Text), 2, Qt::DotLine);
    case RiskRole::limit: break;
  }
  return QPen(colours().negative, 1.5);
}

void RiskChart::draw() {
  if (shown_.series.empty()) {
    hideTable();
    return showHint(advice_);
  }
  setCaption(shown_.caption);
  drawAxes();
  drawMarked();
  const auto bars = std::ranges::count(shown_.series, RiskSeries::Form::bars, &RiskSeries::form);
  int bar = 0;
  for (const auto& series : shown_.series) {
    drawSeries(series, bar, static_cast<int>(bars));
    if (series.form == RiskSeries::Form::bars) ++bar;
  }
  setPlotHeight(11);
  showLegend();
  plot().legend->setIconSize(28, 12);  // so that dashes and dots are told apart
  if (shown_.rows.isEmpty()) return hideTable();
  setTable(shown_.heads, shown_.rows, {});
  chooseRow(shown_.quoted_row);
}

void RiskChart::drawAxes() {
  auto& x = *plot().xAxis;
  auto& y = *plot().yAxis;
  auto across = range_of(shown_.series, [](const RiskSeries& one) { return one.x; });
  auto up = range_of(shown_.series, [](const RiskSeries& one) { return one.y; });
  // Errors begin at 0; cosines and levels have no such ground.
  const bool grounded = has_bars(shown_.series) || (up.lower >= 0 && up.lower < 0.7 * up.upper);
  if (grounded) up.lower = std::min(0.0, up.lower);
  const double air = up.size() > 0 ? kAir * up.size() : std::max(1e-6, std::abs(up.upper) * kAir);
  y.setRange(grounded && up.lower == 0 ? 0 : up.lower - air, up.upper + air);
  if (shown_.x.logarithmic) {
    x.setScaleType(QCPAxis::stLogarithmic);
    across = {across.lower / 1.06, across.upper * 1.06};
    x.setTicker(round_numbers(across));
  } else {
    const double side = shown_.x.names.empty() ? 0.02 * across.size() : 0.6;
    across = {across.lower - side, across.upper + side};
    x.setTicker(ticker_of(shown_.x));
  }
  x.setRange(across);
  x.grid()->setVisible(shown_.x.names.empty());
  x.setLabel(shown_.x.label);
  y.setTicker(ticker_of(shown_.y));
  y.setLabel(shown_.y.label);
}

void RiskChart::drawMarked() {
  auto shade = colours().faint;
  shade.setAlphaF(0.35F);
  for (const auto& [from, to] : shown_.marked) {
    auto* stretch = new QCPItemRect(&plot());
    stretch->setPen(Qt::NoPen);
    stretch->setBrush(shade);
    stretch->topLeft->setTypeY(QCPItemPosition::ptAxisRectRatio);
    stretch->bottomRight->setTypeY(QCPItemPosition::ptAxisRectRatio);
    stretch->topLeft->setCoords(from, 0);
    stretch->bottomRight->setCoords(to, 1);
    stretch->setLayer("background");
  }
}

void RiskChart::drawSeries(const RiskSeries& series, int bar, int bars) {
  const auto pen = penOf(series.role);
  if (series.form == RiskSeries::Form::bars) {
    const double width = 0.8 / bars;
    auto* drawn = new QCPBars(plot().xAxis, plot().yAxis);
    drawn->setName(series.name);
    drawn->setWidth(width * 0.9);
    drawn->setPen(Qt::NoPen);
    drawn->setBrush(pen.color());
    for (std::size_t i = 0; i < series.y.size(); ++i)
      if (std::isfinite(series.y[i]))
        drawn->addData(series.x[i] + (bar - (bars - 1) / 2.0) * width, series.y[i]);
    return;
  }
  constexpr std::array kMarks{QCPScatterStyle::ssDisc, QCPScatterStyle::ssSquare, QCPScatterStyle::ssTriangle,
                              QCPScatterStyle::ssDiamond};
  auto* drawn = plot().addGraph();
  drawn->setName(series.name);
  drawn->setPen(pen);
  if (series.form == RiskSeries::Form::dots) drawn->setLineStyle(QCPGraph::lsNone);
  if (series.mark >= 0)
    drawn->setScatterStyle({kMarks[static_cast<std::size_t>(series.mark) % kMarks.size()],
                            QPen(pen.color(), 1.5), QBrush(pen.color()), 7});
  for (std::size_t i = 0; i < series.y.size(); ++i)
    drawn->addData(series.x[i], std::isfinite(series.y[i]) ? series.y[i] : qQNaN());
  if (series.name.isEmpty()) drawn->removeFromLegend();
}

}  // namespace octet::ui
