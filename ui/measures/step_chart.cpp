#include "ui/measures/step_chart.h"

#include <QLocale>
#include <algorithm>
#include <cmath>

#include "ui/measures/measure_names.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr std::string_view kStep = "mel_step_";

bool is_step(const std::string& stage) { return stage.starts_with(kStep); }

/// Its number; 0 of what is no Euler step.
int step_of(const std::string& stage) { return is_step(stage) ? std::stoi(stage.substr(kStep.size())) : 0; }

QString stage_name(const std::string& stage) {
  if (stage == "encoder_out") return StepChart::tr("encoder");
  if (is_step(stage)) return StepChart::tr("step %1").arg(step_of(stage));
  if (stage == "f0") return StepChart::tr("pitch");
  return stage == "source" ? StepChart::tr("source") : StepChart::tr("sound");
}

/// Stages with names stand wider apart than steps, which are numbers.
std::vector<double> places_of(const std::vector<std::string>& stages) {
  std::vector<double> places;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const bool close = i > 0 && is_step(stages[i]) && is_step(stages[i - 1]);
    places.push_back(i == 0 ? 0 : places.back() + (close ? 1 : 3.2));
  }
  return places;
}

}  // namespace

StepChart::StepChart(QWidget* parent) : Chart(parent) {
  plot().setObjectName("stepPlot");
  plot().setAccessibleName(tr("Error against Euler step"));
  redraw();
}

void StepChart::setRuns(const Runs& runs, const Analysis& analysis, const std::vector<FloatFloor>& floors) {
  runs_ = runs;
  analysis_ = analysis;
  floors_ = floors;
  redraw();
}

std::vector<StepChart::Column> StepChart::columns() const {
  std::vector<Column> columns;
  for (std::size_t i = 1; i < runs_.size(); ++i) {
    const auto colour = run_colour(runs_[i]->slot());
    columns.push_back({runs_[i]->name,
                       QPen(colour, 2),
                       {QCPScatterStyle::ssDisc, colour, colour, 6},
                       analysis_.runs[i].errors});
  }
  for (std::size_t i = 0; i < floors_.size(); ++i) {
    if (floors_[i].errors.empty()) continue;  // other noise differs in every value
    const QPen pen(colours().muted, 1.5);
    columns.push_back({floor_name(i, runs_.front()->name),
                       pen,
                       {QCPScatterStyle::ssSquare, pen, Qt::NoBrush, 7},
                       floors_[i].errors});
  }
  return columns;
}

void StepChart::draw() {
  if (runs_.size() < 2) return showHint(tr("Synthesize A and B: here is after which step they drift apart."));
  if (analysis_.runs.size() != runs_.size()) return showHint(tr("Measuring…"));
  std::vector<std::string> stages;
  for (const auto& run : analysis_.runs) {
    if (run.errors.size() <= stages.size()) continue;
    stages.clear();
    for (const auto& error : run.errors) stages.push_back(error.stage);
  }
  if (stages.empty())
    return showHint(
        tr("The runs cannot be compared step by step: they were made with other lengths or without "
           "keeping their stages."));

  const bool differ = std::ranges::any_of(analysis_.runs, [](const RunAnalysis& run) {
    return std::ranges::any_of(run.errors, [](const StageError& error) { return error.relative > 0; });
  });
  const auto& reference = *runs_.front();
  setCaption(differ ? tr("%1: how far each run is from %2 after every stage, in per cent.")
                          .arg(reference.clip, reference.name)
                    : tr("%1: the runs equal %2 after every stage.").arg(reference.clip, reference.name));
  const auto shown = columns();
  const auto places = places_of(stages);
  drawAxes(stages, places);
  scaleErrors(shown);
  for (const auto& column : shown) drawColumn(column, stages, places);
  setPlotHeight(11);
  showLegend();
  fillTable(shown, stages);
}

void StepChart::drawAxes(const std::vector<std::string>& stages, const std::vector<double>& places) {
  auto ticker = QSharedPointer<QCPAxisTickerText>::create();
  const auto steps = std::ranges::count_if(stages, is_step);
  names_.clear();
  for (std::size_t i = 0; i < stages.size(); ++i) {
    names_[places[i]] = stage_name(stages[i]);
    // Steps are numbers under one label; past six every fifth is enough.
    const int step = step_of(stages[i]);
    if (step == 0)  // neighbours with names are written in turn on two lines, so that they do not touch
      ticker->addTick(places[i], (stages[i] == "source" ? "\n" : "") + stage_name(stages[i]));
    else if (steps <= 6 || step % 5 == 0 || step == 1)
      ticker->addTick(places[i], QLocale().toString(step));
  }
  auto& x = *plot().xAxis;
  x.setTicker(ticker);
  x.setRange(-1.6, places.back() + 1.6);
  x.setLabel(steps > 0 ? tr("stage (numbers: Euler steps)") : QString());
  x.grid()->setVisible(false);
}

QString StepChart::nameOf(double key) const {
  const auto found = names_.find(key);
  return found == names_.end() ? QString() : found->second;
}

void StepChart::scaleErrors(const std::vector<Column>& columns) {
  double smallest = HUGE_VAL, largest = 0;
  for (const auto& column : columns)
    for (const auto& error : column.errors) {
      if (error.relative > 0) smallest = std::min(smallest, error.relative);
      largest = std::max(largest, error.relative);
    }
  auto& y = *plot().yAxis;
  y.setLabel(tr("error, %"));
  if (largest <= 0) return y.setRange(-0.05, 1);
  y.setScaleType(QCPAxis::stLogarithmic);
  y.setTicker(QSharedPointer<QCPAxisTickerLog>::create());
  y.setNumberFormat("gb");
  y.setNumberPrecision(3);
  y.setRange(100 * smallest / 1.6, 100 * std::max(largest, smallest * 10) * 1.6);
}

void StepChart::drawColumn(const Column& column, const std::vector<std::string>& stages,
                           const std::vector<double>& places) {
  const bool logarithmic = plot().yAxis->scaleType() == QCPAxis::stLogarithmic;
  auto* graph = plot().addGraph();
  graph->setName(column.name);
  graph->setPen(column.pen);
  graph->setScatterStyle(column.dot);
  for (const auto& error : column.errors) {
    const auto found = std::ranges::find(stages, error.stage);
    if (found == stages.end()) continue;
    const double place = places[std::size_t(found - stages.begin())];
    graph->addData(place, logarithmic && error.relative <= 0 ? qQNaN() : 100 * error.relative);
    // Only steps lead from one to the next.
    if (found + 1 != stages.end() && !(is_step(*found) && is_step(found[1])))
      graph->addData(place + 0.5, qQNaN());
  }
}

void StepChart::fillTable(const std::vector<Column>& columns, const std::vector<std::string>& stages) {
  QStringList heads{tr("After")};
  QList<QColor> colours{QColor()};
  for (const auto& column : columns) {
    heads << QStringLiteral("%1, %").arg(column.name);
    colours << column.pen.color();
  }
  QList<QStringList> rows;
  for (const auto& stage : stages) {
    QStringList row{stage_name(stage)};
    for (const auto& column : columns) {
      const auto found = std::ranges::find(column.errors, stage, &StageError::stage);
      if (found == column.errors.end())
        row << QStringLiteral("–");
      else
        row << (found->relative > 0 ? QLocale().toString(100 * found->relative, 'g', 3) : tr("0 (equal)"));
    }
    rows << row;
  }
  setTable(heads, rows, colours);
}

}  // namespace octet::ui
