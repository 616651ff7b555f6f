#include "ui/measures/cost_chart.h"

#include <QLocale>
#include <algorithm>

#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

QString megabytes(std::uint64_t bytes) { return QLocale().toString(double(bytes) / 1e6, 'f', 1); }

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
  const bool on_gpu = std::ranges::all_of(runs_, [](const auto& run) { return run->on_gpu; });
  setCaption(
      tr("%1: seconds per stage of one synthesis; end to end adds drawing the noise and copies from the "
         "device. %2")
          .arg(runs_.front()->clip, on_gpu ? tr("MB: the most the GPU's allocator held while the stage ran.")
                                           : tr("On the CPU the program keeps memory it once had, so that no "
                                                "stage's own can be told.")));

  double longest = 0;
  std::vector<double> ends(runs_.size(), 0);
  QCPBars* below = nullptr;
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    auto* bars = new QCPBars(plot().yAxis, plot().xAxis);  // keys are the runs
    bars->setName(QString::fromStdString(stages[stage]));
    bars->setWidth(0.6);
    bars->setPen(Qt::NoPen);
    bars->setBrush(shade(static_cast<int>(stage), static_cast<int>(stages.size())));
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

  fillTable(stages, on_gpu, ends);
}

/// `seconds`: of all stages, by run.
void CostChart::fillTable(const std::vector<std::string>& stages, bool on_gpu,
                          const std::vector<double>& seconds) {
  QStringList heads{tr("Stage")};
  QList<QColor> head_colours{QColor()};
  for (std::size_t run = 0; run < runs_.size(); ++run) {
    heads << tr("%1, s").arg(runs_[run]->name);
    head_colours << run_colour(runs_[run]->slot());
    if (!on_gpu) continue;
    heads << tr("%1, MB").arg(runs_[run]->name);
    head_colours << run_colour(runs_[run]->slot());
  }
  const auto seconds_text = [](double seconds) { return QLocale().toString(seconds, 'f', 3); };
  QList<QStringList> rows;
  for (const auto& stage : stages) {
    QStringList row{QString::fromStdString(stage)};
    for (const auto& run : runs_) {
      const auto& costs = run->synthesis.costs;
      const auto found = std::ranges::find(costs, stage, &StageCost::stage);
      const bool computed = found != costs.end() && !found->reused;
      row << (computed               ? seconds_text(found->seconds)
              : found == costs.end() ? QStringLiteral("–")
                                     : tr("from cache"));
      if (on_gpu) row << (computed ? megabytes(found->peak_bytes) : QStringLiteral("–"));
    }
    rows << row;
  }
  QStringList total{tr("total of the stages")}, whole{tr("end to end")},
      speed{tr("seconds a second of speech")}, weights{tr("weights, MB")};
  for (std::size_t run = 0; run < runs_.size(); ++run) {
    const auto took = runs_[run]->synthesis.seconds;
    total << seconds_text(seconds[run]);
    whole << seconds_text(took);
    speed << (runs_[run]->seconds() > 0 ? QLocale().toString(took / runs_[run]->seconds(), 'f', 2)
                                        : QStringLiteral("–"));
    weights << megabytes(runs_[run]->weight_bytes);
    if (on_gpu)
      for (auto* row : {&total, &whole, &speed, &weights}) *row << QString();
  }
  rows << total << whole << speed << weights;
  setTable(heads, rows, head_colours);
}

}  // namespace octet::ui
