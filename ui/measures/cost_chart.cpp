#include "ui/measures/cost_chart.h"

#include <QLocale>
#include <algorithm>

#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

/// Shades of one colour that is no run's: stages follow each other in time.
QColor shade(std::size_t index, std::size_t count, const QPalette& palette) {
  const auto from = palette.color(QPalette::Text), to = colours().plot;
  // The palest still stands 3 : 1 against the background, as graphics should.
  const double mix = 0.9 - 0.4 * double(index) / double(std::max<std::size_t>(1, count - 1));
  const auto part = [&](int a, int b) { return int(mix * a + (1 - mix) * b); };
  return {part(from.red(), to.red()), part(from.green(), to.green()), part(from.blue(), to.blue())};
}

}  // namespace

CostChart::CostChart(QWidget* parent) : Chart(parent) {
  plot().setObjectName("costPlot");
  plot().setAccessibleName(tr("Time per stage"));
  redraw();
}

void CostChart::setRuns(const Runs& runs) {
  runs_ = runs;
  redraw();
}

void CostChart::draw() {
  if (runs_.empty()) return showHint(tr("Synthesize A and B: here is what each stage costs."));
  std::vector<std::string> stages;
  for (const auto& run : runs_)
    for (const auto& cost : run->synthesis.costs)
      if (std::ranges::find(stages, cost.stage) == stages.end()) stages.push_back(cost.stage);
  if (stages.empty()) return showHint(tr("Nothing was measured while these runs were made."));
  setCaption(tr("%1: seconds per stage, and the highest memory while it ran. End to end adds drawing the "
                "noise and copies "
                "from the device.")
                 .arg(runs_.front()->clip));

  double longest = 0;
  std::vector<double> ends(runs_.size(), 0);
  QCPBars* below = nullptr;
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    auto* bars = new QCPBars(plot().yAxis, plot().xAxis);  // keys are the runs
    bars->setName(QString::fromStdString(stages[stage]));
    bars->setWidth(0.6);
    bars->setPen(Qt::NoPen);
    bars->setBrush(shade(stage, stages.size(), palette()));
    if (below) bars->moveAbove(below);
    below = bars;
    for (std::size_t run = 0; run < runs_.size(); ++run) {
      double seconds = 0;
      for (const auto& cost : runs_[run]->synthesis.costs)
        if (cost.stage == stages[stage]) seconds += cost.seconds;
      bars->addData(double(runs_.size() - 1 - run), seconds);
      longest = std::max(longest, ends[run] += seconds);
    }
  }
  auto ticker = QSharedPointer<QCPAxisTickerText>::create();
  for (std::size_t run = 0; run < runs_.size(); ++run)
    ticker->addTick(double(runs_.size() - 1 - run), runs_[run]->name);
  plot().yAxis->setTicker(ticker);
  plot().yAxis->setRange(-0.6, double(runs_.size()) - 0.4);
  plot().yAxis->grid()->setVisible(false);
  plot().xAxis->setRange(0, longest > 0 ? longest * 1.04 : 1);
  plot().xAxis->setLabel(tr("seconds"));
  setPlotHeight(6 + 2 * static_cast<int>(runs_.size()));
  showLegend();

  QStringList heads{tr("Stage")};
  QList<QColor> head_colours{QColor()};
  for (std::size_t run = 0; run < runs_.size(); ++run) {
    heads << tr("%1, s").arg(runs_[run]->name) << tr("%1, MB").arg(runs_[run]->name);
    head_colours << run_colour(runs_[run]->slot()) << run_colour(runs_[run]->slot());
  }
  const auto seconds_text = [](double seconds) { return QLocale().toString(seconds, 'f', 3); };
  QList<QStringList> rows;
  for (const auto& stage : stages) {
    QStringList row{QString::fromStdString(stage)};
    for (const auto& run : runs_) {
      const auto& costs = run->synthesis.costs;
      const auto found = std::ranges::find(costs, stage, &StageCost::stage);
      if (found == costs.end())
        row << QStringLiteral("–") << QStringLiteral("–");
      else if (found->reused)
        row << tr("from cache") << QStringLiteral("–");
      else
        row << seconds_text(found->seconds) << QLocale().toString(double(found->peak_bytes) / 1e6, 'f', 0);
    }
    rows << row;
  }
  QStringList total{tr("total of the stages")}, whole{tr("end to end")}, speed{tr("× real time")};
  for (std::size_t run = 0; run < runs_.size(); ++run) {
    const auto took = runs_[run]->synthesis.seconds;
    total << seconds_text(ends[run]) << QString();
    whole << seconds_text(took) << QString();
    speed << (runs_[run]->seconds() > 0 ? QLocale().toString(took / runs_[run]->seconds(), 'f', 2)
                                        : QStringLiteral("–"))
          << QString();
  }
  rows << total << whole << speed;
  setTable(heads, rows, head_colours);
}

}  // namespace octet::ui
