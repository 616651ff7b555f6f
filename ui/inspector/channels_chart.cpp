#include "ui/inspector/channels_chart.h"

#include <QLocale>
#include <algorithm>
#include <cmath>

#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr std::size_t kNamed = 8;  // worst channels

bool rounded_to_integers(const WeightProfile& weight) {
  return std::ranges::any_of(weight.channels, [](const auto& channel) { return channel.scale > 0; });
}

}  // namespace

ChannelsChart::ChannelsChart(QWidget* parent) : LayerChart(parent) {
  plot().setObjectName("channelsPlot");
  plot().setAccessibleName(tr("Error and step of each output channel"));
  redraw();
}

void ChannelsChart::drawErrors(const std::vector<std::size_t>& worst) {
  const auto& channels = profile().weight.channels;
  const auto colour = run_colour(layer().slot);
  const auto dots = [&](const QString& name, const QCPScatterStyle& style) {
    auto* graph = plot().addGraph();
    graph->setName(name);
    graph->setLineStyle(QCPGraph::lsNone);
    graph->setScatterStyle(style);
    return graph;
  };
  const bool few = channels.size() <= 256;
  auto* errors = dots(QStringLiteral("SNR"), {QCPScatterStyle::ssDisc, colour, colour, few ? 4.0 : 2.0});
  auto* marked =
      dots(tr("largest error"), {QCPScatterStyle::ssCircle, QPen(colours().caution, 1.5), Qt::NoBrush, 9});
  double lowest = HUGE_VAL, highest = -HUGE_VAL;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const double decibels = channels[i].error.decibels();
    if (!std::isfinite(decibels)) continue;
    errors->addData(static_cast<double>(i), decibels);
    lowest = std::min(lowest, decibels);
    highest = std::max(highest, decibels);
  }
  for (const auto i : worst) marked->addData(static_cast<double>(i), channels[i].error.decibels());
  plot().yAxis->setLabel(QStringLiteral("SNR, dB"));
  const bool any = lowest <= highest;
  // The upper half is theirs: below are the ranges.
  const double spread = std::max(1.0, highest - lowest);
  plot().yAxis->setRange(any ? lowest - 1.2 * spread : 0, any ? highest + 0.1 * spread : 100);
}

void ChannelsChart::drawRanges(const std::vector<float>& ranges, bool steps) {
  auto& y = *plot().yAxis2;
  auto* graph = plot().addGraph(plot().xAxis, &y);
  graph->setName(steps ? tr("step") : tr("largest"));
  graph->setPen(QPen(colours().muted, 1));
  float highest = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    graph->addData(static_cast<double>(i), ranges[i]);
    highest = std::max(highest, ranges[i]);
  }
  y.setVisible(true);
  y.grid()->setVisible(false);
  y.setLabel(steps ? tr("step") : tr("largest weight"));
  y.setNumberFormat("gb");
  y.setNumberPrecision(3);
  // The lower half is theirs: above are the errors.
  y.setRange(0, highest > 0 ? 2 * static_cast<double>(highest) : 1);
}

void ChannelsChart::drawProfile() {
  const auto& weight = profile().weight;
  const bool steps = rounded_to_integers(weight);
  std::vector<float> ranges(weight.channels.size());
  std::ranges::transform(weight.channels, ranges.begin(),
                         steps ? &ChannelProfile::scale : &ChannelProfile::largest);
  const auto worst = worst_channels(weight, kNamed);
  const auto outliers = outlying_channels(weight);
  setCaption(worst.empty() ? tr("Nothing is lost: how large the weights of each output channel are.")
             : steps ? tr("The signal-to-noise ratio that each output channel keeps, and the step it is "
                          "rounded with. Ringed, and first in the table: where the error is largest.")
                     : tr("The signal-to-noise ratio that each output channel keeps, and how large its "
                          "weights are. Ringed, and first in the table: where the error is largest."));
  drawRanges(ranges, steps);
  drawErrors(worst);
  const auto last = static_cast<double>(weight.channels.size()) - 1;
  plot().xAxis->setRange(-0.02 * last - 0.5, 1.02 * last + 0.5);
  plot().xAxis->setLabel(tr("output channel"));
  setPlotHeight(11);
  showLegend();

  auto listed = worst;
  for (const auto i : outliers)
    if (listed.size() < 3 * kNamed && std::ranges::find(listed, i) == listed.end()) listed.push_back(i);
  QList<QStringList> rows;
  for (const auto i : listed) {
    const auto& channel = weight.channels[i];
    const bool stands_out = std::ranges::find(outliers, i) != outliers.end();
    rows << QStringList{stands_out ? tr("%1, range stands out").arg(i) : QString::number(i),
                        decibel_text(channel.error.decibels()),
                        steps ? number_text(channel.scale) : QStringLiteral("–"),
                        number_text(channel.largest)};
  }
  setTable({tr("Channel"), QStringLiteral("SNR"), tr("Step"), tr("Largest")}, rows, {});
}

}  // namespace octet::ui
