#include "ui/inspector/inputs_chart.h"

#include <QLocale>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/quant/outlier_options.h"
#include "ui/theme/theme.h"

namespace octet::ui {

double outlier_threshold(const Recipe& recipe) {
  return recipe.method == Method::llm_int8 ? parse_outlier_options(recipe.options).threshold
                                           : OutlierOptions().threshold;
}

InputsChart::InputsChart(QWidget* parent) : LayerChart(parent) {
  plot().setObjectName("inputsPlot");
  plot().setAccessibleName(tr("Largest number of each feature of the input"));
  redraw();
}

void InputsChart::drawProfile() {
  const auto& inputs = profile().largest_inputs;
  if (inputs.empty())
    return showHint(
        tr("What this layer is given is not known: no calibration listened to it.\n"
           "Plan › Calibrate on speech… makes one."));
  const double threshold = outlier_threshold(layer().recipe);
  std::vector<std::size_t> order(inputs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return inputs[i]; });
  const auto outliers = std::ranges::count_if(inputs, [&](float size) { return size >= threshold; });
  const double median = inputs[order[order.size() / 2]];
  setCaption(
      tr("The largest number that each feature of the input had in the calibration. %1 of %2 reach "
         "the threshold of %3, from which LLM.int8() does not round them.")
          .arg(QLocale().toString(outliers), QLocale().toString(inputs.size()), number_text(threshold)));

  auto* bars = plot().addGraph();
  bars->setName(tr("largest input"));
  bars->setLineStyle(QCPGraph::lsImpulse);
  bars->setPen(QPen(run_colour(layer().slot), 1));
  for (std::size_t i = 0; i < inputs.size(); ++i) bars->addData(static_cast<double>(i), inputs[i]);
  const auto last = static_cast<double>(inputs.size()) - 1;
  double highest = inputs[order.front()];
  if (std::isfinite(threshold) && threshold < 4 * std::max(highest, 1.0)) {
    auto* line = plot().addGraph();
    line->setName(tr("threshold"));
    line->setPen(QPen(colours().caution, 1, Qt::DashLine));
    line->addData(-0.5, threshold);
    line->addData(last + 0.5, threshold);
    highest = std::max(highest, threshold);
  }
  plot().xAxis->setRange(-0.02 * last - 0.5, 1.02 * last + 0.5);
  plot().xAxis->setLabel(tr("input feature"));
  plot().yAxis->setRange(0, highest > 0 ? 1.08 * highest : 1);
  plot().yAxis->setLabel(tr("largest |input|"));
  setPlotHeight(11);
  showLegend();

  constexpr std::size_t kListed = 24;
  QList<QStringList> rows;
  for (std::size_t i = 0; i < std::min(kListed, order.size()); ++i) {
    const double size = inputs[order[i]];
    rows << QStringList{
        size >= threshold ? tr("%1  outlier").arg(order[i]) : QString::number(order[i]), number_text(size),
        median > 0 ? QStringLiteral("%1 ×").arg(number_text(size / median)) : QStringLiteral("–")};
  }
  setTable({tr("Feature"), tr("Largest"), tr("Of the median")}, rows, {});
}

}  // namespace octet::ui
