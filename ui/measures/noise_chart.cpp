#include "ui/measures/noise_chart.h"

#include <QLocale>
#include <cmath>

#include "core/metrics/noise_floor.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

QString name_of(const FrequencyBand& band) {
  const auto kilohertz = [](double hertz) { return QLocale().toString(hertz / 1000, 'g', 3); };
  return QStringLiteral("%1–%2").arg(kilohertz(band.low), kilohertz(band.high));
}

}  // namespace

NoiseChart::NoiseChart(QWidget* parent) : Chart(parent) {
  plot().setObjectName("noisePlot");
  plot().setAccessibleName(tr("Noise floor by band in quiet frames"));
  redraw();
}

void NoiseChart::setRuns(const Runs& runs, const Analysis& analysis) {
  runs_ = runs;
  analysis_ = analysis;
  redraw();
}

void NoiseChart::draw() {
  if (runs_.empty()) return showHint(tr("Synthesize A and B: here is how much each hisses in the pauses."));
  if (analysis_.runs.size() != runs_.size()) return showHint(tr("Measuring…"));
  double lowest = 0;
  bool any = false;
  for (const auto& run : analysis_.runs)
    for (const double level : run.floors)
      if (!std::isnan(level)) {
        lowest = std::min(lowest, level);
        any = true;
      }
  if (!any)
    return showHint(tr("%1 has no pauses to listen into: nothing lies 30 dB under its loud parts.")
                        .arg(runs_.front()->clip));
  setCaption(
      tr("%1: level in the pauses of %2, by band. Lower is better. As a rule of thumb 3 dB more can be heard "
         "as "
         "hiss; the limit in Scores (another take, and chance) and a verdict's (mean over clips) are others.")
          .arg(runs_.front()->clip, runs_.front()->name));

  const auto bands = noise_floor_bands();
  const double base = std::floor(lowest / 10) * 10 - 10;
  double highest = base;
  const double width = 0.8 / double(runs_.size());
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    auto* bars = new QCPBars(plot().xAxis, plot().yAxis);
    bars->setName(runs_[i]->name);
    bars->setBaseValue(base);
    bars->setWidth(width * 0.9);
    bars->setPen(Qt::NoPen);
    bars->setBrush(run_colour(runs_[i]->slot()));
    for (std::size_t band = 0; band < bands.size(); ++band) {
      const double level = analysis_.runs[i].floors.at(band);
      if (std::isnan(level)) continue;
      bars->addData(double(band) + (double(i) - (double(runs_.size()) - 1) / 2) * width,
                    level - base);  // counted from the base
      highest = std::max(highest, level);
    }
  }
  auto ticker = QSharedPointer<QCPAxisTickerText>::create();
  for (std::size_t band = 0; band < bands.size(); ++band) ticker->addTick(double(band), name_of(bands[band]));
  plot().xAxis->setTicker(ticker);
  plot().xAxis->setRange(-0.6, double(bands.size()) - 0.4);
  plot().xAxis->grid()->setVisible(false);
  plot().xAxis->setLabel(QStringLiteral("kHz"));
  plot().yAxis->setRange(base, std::ceil(highest / 10) * 10);
  plot().yAxis->setLabel(QStringLiteral("dBFS"));
  setPlotHeight(11);
  showLegend();

  QStringList heads{tr("Band, kHz")};
  QList<QColor> head_colours{QColor()};
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    heads << QStringLiteral("%1, dBFS").arg(runs_[i]->name);
    head_colours << run_colour(runs_[i]->slot());
  }
  QList<QStringList> rows;
  for (std::size_t band = 0; band < bands.size(); ++band) {
    QStringList row{name_of(bands[band])};
    const double reference = analysis_.runs.front().floors.at(band);
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const double level = analysis_.runs[i].floors.at(band);
      auto cell = std::isnan(level) ? QStringLiteral("–") : QLocale().toString(level, 'f', 1);
      const double rise = std::round(10 * (level - reference)) / 10 + 0.0;  // -0.0 becomes 0
      if (i > 0 && !std::isnan(rise))
        cell += QStringLiteral(" (%1%2)").arg(rise < 0 ? "" : "+", QLocale().toString(rise, 'f', 1));
      row << cell;
    }
    rows << row;
  }
  setTable(heads, rows, head_colours);
}

}  // namespace octet::ui
