#include "ui/measures/step_chart.h"

#include <QLocale>
#include <algorithm>
#include <cmath>

#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr std::string_view kStep = "mel_step_";

bool is_step(const std::string& stage) { return stage.starts_with(kStep); }

}  // namespace

StepChart::StepChart(QWidget* parent) : Chart(parent) {
  plot().setObjectName("stepPlot");
  plot().setAccessibleName(tr("Error against Euler step"));
  redraw();
}

void StepChart::setRuns(const Runs& runs, const Analysis& analysis) {
  runs_ = runs;
  analysis_ = analysis;
  redraw();
}

void StepChart::draw() {
  if (runs_.size() < 2) return showHint(tr("Synthesize A and B: here is after which step they drift apart."));
  if (analysis_.runs.size() != runs_.size()) return showHint(tr("Measuring…"));
  std::vector<std::string> stages;
  double smallest = HUGE_VAL, largest = 0;
  for (const auto& run : analysis_.runs) {
    if (run.errors.size() > stages.size()) {
      stages.clear();
      for (const auto& error : run.errors) stages.push_back(error.stage);
    }
    for (const auto& error : run.errors) {
      if (error.relative > 0) smallest = std::min(smallest, error.relative);
      largest = std::max(largest, error.relative);
    }
  }
  if (stages.empty())
    return showHint(
        tr("The runs cannot be compared step by step: they were made with other lengths or without "
           "keeping their stages."));

  const auto person = [&](const std::string& stage) {
    if (stage == "encoder_out") return tr("encoder");
    if (is_step(stage)) return tr("step %1").arg(QString::fromStdString(stage.substr(kStep.size())));
    if (stage == "f0") return tr("pitch");
    return stage == "source" ? tr("source") : tr("sound");
  };
  const auto& reference = *runs_.front();
  setCaption(largest > 0
                 ? tr("%1: how far each run is from %2 after every stage, in per cent.")
                       .arg(reference.clip, reference.name)
                 : tr("%1: the runs equal %2 after every stage.").arg(reference.clip, reference.name));

  // Stages with names stand wider apart than steps, which are numbers.
  std::vector<double> places;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const bool close = i > 0 && is_step(stages[i]) && is_step(stages[i - 1]);
    places.push_back(i == 0 ? 0 : places.back() + (close ? 1 : 3.2));
  }
  const bool logarithmic = largest > 0;
  auto& x = *plot().xAxis;
  auto& y = *plot().yAxis;
  auto ticker = QSharedPointer<QCPAxisTickerText>::create();
  const auto steps = std::ranges::count_if(stages, is_step);
  for (std::size_t i = 0; i < stages.size(); ++i) {
    // Steps are numbers under one label; past six every fifth is enough.
    const int step = is_step(stages[i]) ? std::stoi(stages[i].substr(kStep.size())) : 0;
    if (step == 0)  // neighbours with names are written in turn on two lines, so that they do not touch
      ticker->addTick(places[i], (stages[i] == "source" ? "\n" : "") + person(stages[i]));
    else if (steps <= 6 || step % 5 == 0 || step == 1)
      ticker->addTick(places[i], QString::number(step));
  }
  x.setTicker(ticker);
  x.setRange(-1.6, places.back() + 1.6);
  x.setLabel(steps > 0 ? tr("stage (numbers: Euler steps)") : QString());
  x.grid()->setVisible(false);
  if (logarithmic) {
    y.setScaleType(QCPAxis::stLogarithmic);
    y.setTicker(QSharedPointer<QCPAxisTickerLog>::create());
    y.setNumberFormat("gb");
    y.setNumberPrecision(3);
    y.setRange(100 * smallest / 1.6, 100 * std::max(largest, smallest * 10) * 1.6);
  } else {
    y.setRange(-0.05, 1);
  }
  y.setLabel(tr("error, %"));

  QStringList heads{tr("After")};
  QList<QColor> head_colours{QColor()};
  for (std::size_t i = 1; i < runs_.size(); ++i) {
    auto* graph = plot().addGraph();
    graph->setName(runs_[i]->name);
    graph->setPen(QPen(run_colour(runs_[i]->slot()), 2));
    graph->setScatterStyle(
        {QCPScatterStyle::ssDisc, run_colour(runs_[i]->slot()), run_colour(runs_[i]->slot()), 6});
    for (const auto& error : analysis_.runs[i].errors) {
      const auto found = std::ranges::find(stages, error.stage);
      if (found == stages.end()) continue;
      const double place = places[std::size_t(found - stages.begin())];
      graph->addData(place, logarithmic && error.relative <= 0 ? qQNaN() : 100 * error.relative);
      // Only steps lead from one to the next.
      if (found + 1 != stages.end() && !(is_step(*found) && is_step(found[1])))
        graph->addData(place + 0.5, qQNaN());
    }
    heads << tr("%1, %").arg(runs_[i]->name);
    head_colours << run_colour(runs_[i]->slot());
  }
  setPlotHeight(11);
  showLegend();

  QList<QStringList> rows;
  for (const auto& stage : stages) {
    QStringList row{person(stage)};
    for (std::size_t i = 1; i < runs_.size(); ++i) {
      const auto& errors = analysis_.runs[i].errors;
      const auto found = std::ranges::find(errors, stage, &StageError::stage);
      if (found == errors.end())
        row << QStringLiteral("–");
      else
        row << (found->relative > 0 ? QLocale().toString(100 * found->relative, 'g', 3) : tr("0 (equal)"));
    }
    rows << row;
  }
  setTable(heads, rows, head_colours);
}

}  // namespace octet::ui
