#include "ui/inspector/weights_chart.h"

#include <QLocale>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

double share(std::int64_t count, double all) { return 100 * static_cast<double>(count) / all; }

}  // namespace

WeightsChart::WeightsChart(QWidget* parent) : LayerChart(parent) {
  plot().setObjectName("weightsPlot");
  plot().setAccessibleName(tr("How often the layer has which weights"));
  redraw();
}

void WeightsChart::drawProfile() {
  const auto& weight = profile().weight;
  const auto& [limit, exact, stored] = weight.histogram;
  const auto all = static_cast<double>(std::accumulate(exact.begin(), exact.end(), std::int64_t{0}));
  setCaption(tr("How many of the weights have which value: exact, and as they are stored."));

  const double lowest = 50 / all;  // of one weight it is half, so that one is seen
  const double width = 2.0 * limit / static_cast<double>(exact.size());
  const auto add = [&](const QString& name, const std::vector<std::int64_t>& counts, const QPen& pen,
                       const QBrush& brush) {
    auto* graph = plot().addGraph();
    graph->setName(name);
    graph->setLineStyle(QCPGraph::lsStepCenter);
    graph->setPen(pen);
    graph->setBrush(brush);
    for (std::size_t bin = 0; bin < counts.size(); ++bin)
      graph->addData(-limit + (static_cast<double>(bin) + 0.5) * width,
                     counts[bin] == 0 ? lowest : share(counts[bin], all));
    return graph;
  };
  auto body = colours().muted;
  body.setAlpha(70);
  add(tr("exact"), exact, QPen(colours().muted, 1), body);
  add(tr("stored"), stored, QPen(run_colour(layer().slot), 1.5), Qt::NoBrush);

  auto& y = *plot().yAxis;
  y.setScaleType(QCPAxis::stLogarithmic);
  y.setTicker(QSharedPointer<QCPAxisTickerLog>::create());
  y.setNumberFormat("gb");
  y.setNumberPrecision(0);
  const auto most = std::max(*std::ranges::max_element(exact), *std::ranges::max_element(stored));
  y.setRange(lowest, 2 * share(most, all));
  y.setLabel(tr("of the weights, %"));
  const double shown = limit > 0 ? limit : 1;
  plot().xAxis->setRange(-1.02 * shown, 1.02 * shown);
  plot().xAxis->setLabel(tr("weight"));
  plot().xAxis->ticker()->setTickCount(4);
  setPlotHeight(11);
  showLegend();

  float largest = 0;
  for (const auto& channel : weight.channels) largest = std::max(largest, channel.largest);
  setTable({tr("Weights"), tr("Value")},
           {{tr("Number"), QLocale().toString(all, 'f', 0)},
            {tr("Largest, either sign"), number_text(largest)},
            {tr("Root of the mean square"), number_text(std::sqrt(weight.error.signal / all))},
            {tr("Signal-to-noise ratio"), decibel_text(weight.error.decibels())}},
           {});
}

}  // namespace octet::ui
