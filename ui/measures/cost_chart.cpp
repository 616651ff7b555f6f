#include "ui/measures/cost_chart.h"

#include <QLocale>
#include <algorithm>
#include <array>
#include <numeric>

#include "ui/language/sentences.h"
#include "ui/language/stage_names.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr auto kWhole = "end to end";
constexpr auto kRest = "rest";          // of a whole, beside its stages
constexpr double kRoomForAName = 0.15;  // of the longest bar
constexpr double kAboveTheLine = 0.18;  // of the distance of bars: lines of the spread cross their middle

QString megabytes(std::uint64_t bytes) { return QLocale().toString(double(bytes) / 1e6, 'f', 1); }
QString seconds_text(double seconds) { return QLocale().toString(seconds, 'f', 3); }
QString ratio_text(double ratio) { return QLocale().toString(ratio, 'f', 2); }

QString on_the_cpu() {
  return CostChart::tr(
      "On the CPU the program keeps memory it once had, so that no stage's own can be told.");
}
QString on_a_gpu() { return CostChart::tr("MB: the most the GPU's allocator held while the stage ran."); }

/// Greys that are no run's, each unlike its neighbours: dark and pale in turn, then the same as lines. What
/// is no stage is hollow.
QBrush brush_of(std::size_t stage, bool is_rest) {
  constexpr std::array kPatterns{Qt::SolidPattern, Qt::SolidPattern, Qt::Dense4Pattern, Qt::BDiagPattern};
  if (is_rest) return Qt::NoBrush;
  return {shade(static_cast<int>(stage % 2), 2), kPatterns[stage % kPatterns.size()]};
}

/// Of a timing: the stages that a synthesis is made of come before their sum.
auto sum_of(const PlanTiming& timing) {
  return std::ranges::find(timing.stages, "total", &StageTiming::stage);
}

QString person_name(const std::string& stage) {
  if (stage == "total") return CostChart::tr("all stages");
  if (stage == kWhole) return CostChart::tr("end to end");
  if (stage == kRest) return CostChart::tr("between the stages");
  if (stage == "voice") return CostChart::tr("voice from sound");
  if (stage == "tokens") return CostChart::tr("tokens from sound");
  return stage_in_words(stage);
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

void CostChart::setTimes(const std::optional<PlanTimes>& times) {
  times_ = times;
  redraw();
}

void CostChart::draw() {
  if (runs_.empty()) return showHint(tr("Synthesize A and B: here is what each stage costs."));
  times_ ? drawTimes() : drawRuns();
}

void CostChart::drawBars(const QStringList& names, std::vector<std::string> stages,
                         std::vector<std::vector<double>> seconds, const std::vector<double>& wholes) {
  const auto count = static_cast<int>(names.size());
  double longest = 0;
  stages.emplace_back(kRest);
  for (std::size_t run = 0; run < seconds.size(); ++run) {
    auto& parts = seconds[run];
    const double sum = std::accumulate(parts.begin(), parts.end(), 0.0);
    parts.push_back(std::max(0.0, wholes[run] - sum));  // medians may add up to more than their whole's
    longest = std::max(longest, sum + parts.back());
  }
  QCPBars* below = nullptr;
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    auto* bars = new QCPBars(plot().yAxis, plot().xAxis);  // keys are the runs
    bars->setName(person_name(stages[stage]));
    bars->setWidth(0.6);
    bars->setPen(shade(0, 2));
    bars->setBrush(brush_of(stage, stages[stage] == kRest));
    if (below) bars->moveAbove(below);
    below = bars;
    for (int run = 0; run < count; ++run)
      bars->addData(count - 1 - run, seconds[static_cast<std::size_t>(run)][stage]);
  }
  auto ticker = QSharedPointer<QCPAxisTickerText>::create();
  for (int run = 0; run < count; ++run) ticker->addTick(count - 1 - run, names[run]);
  plot().yAxis->setTicker(ticker);
  plot().yAxis->setRange(-0.6, count - 0.4);
  plot().yAxis->grid()->setVisible(false);
  for (int run = 0; run < count; ++run)
    nameParts(stages, seconds[static_cast<std::size_t>(run)], count - 1 - run, kRoomForAName * longest);
  plot().xAxis->setRange(0, longest > 0 ? longest * 1.04 : 1);
  plot().xAxis->setLabel(tr("seconds"));
  setPlotHeight(6 + 2 * count);
  showLegend();
}

/// In the bar at `key`, where a part is at least so long: the eye need not go to the legend.
void CostChart::nameParts(const std::vector<std::string>& stages, const std::vector<double>& seconds, int key,
                          double longer_than) {
  double begin = 0;
  for (std::size_t stage = 0; stage < stages.size(); begin += seconds[stage++]) {
    if (seconds[stage] < longer_than) continue;
    auto* name = new QCPItemText(&plot());
    name->setText(person_name(stages[stage]));
    name->setFont(plot().xAxis->tickLabelFont());
    name->setColor(palette().color(QPalette::Text));
    name->setBrush(colours().plot);
    name->setPadding({3, 0, 3, 0});
    name->position->setCoords(begin + seconds[stage] / 2, key + kAboveTheLine);
  }
}

void CostChart::drawRuns() {
  std::vector<std::string> stages;
  for (const auto& run : runs_)
    for (const auto& cost : run->synthesis.costs)
      if (std::ranges::find(stages, cost.stage) == stages.end()) stages.push_back(cost.stage);
  if (stages.empty()) return showHint(tr("Nothing was measured while these runs were made."));
  const bool on_gpu = std::ranges::all_of(runs_, [](const auto& run) { return run->on_gpu; });
  setCaption(sentences(
      {tr("%1: seconds per stage of one synthesis each, beside whatever else was done; the first one "
          "of a plan also reads weights. To compare plans, time them.")
           .arg(runs_.front()->clip),
       on_gpu ? on_a_gpu() : on_the_cpu()}));
  QStringList names;
  std::vector<std::vector<double>> seconds;
  std::vector<double> totals, wholes;
  for (const auto& run : runs_) {
    names << run->name;
    auto& parts = seconds.emplace_back(stages.size());
    for (const auto& cost : run->synthesis.costs)
      parts[static_cast<std::size_t>(std::ranges::find(stages, cost.stage) - stages.begin())] += cost.seconds;
    totals.push_back(std::accumulate(parts.begin(), parts.end(), 0.0));
    wholes.push_back(run->synthesis.seconds);
  }
  drawBars(names, stages, seconds, wholes);
  fillTable(stages, on_gpu, totals);
}

/// `seconds`: of all stages, by run.
void CostChart::fillTable(const std::vector<std::string>& stages, bool on_gpu,
                          const std::vector<double>& seconds) {
  QStringList heads{tr("Stage")};
  QList<QColor> head_colours{QColor()};
  for (const auto& run : runs_) {
    heads << QStringLiteral("%1, s").arg(run->name);
    head_colours << run_colour(run->slot());
    if (!on_gpu) continue;
    heads << QStringLiteral("%1, MB").arg(run->name);
    head_colours << run_colour(run->slot());
  }
  QList<QStringList> rows;
  for (const auto& stage : stages) {
    QStringList row{stage_in_words(stage)};
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
  QStringList total{person_name("total")}, whole{person_name(kWhole)}, speed{tr("real-time factor")},
      weights{tr("weights, MB")};
  for (std::size_t run = 0; run < runs_.size(); ++run) {
    const auto took = runs_[run]->synthesis.seconds;
    total << seconds_text(seconds[run]);
    whole << seconds_text(took);
    speed << (runs_[run]->seconds() > 0 ? ratio_text(took / runs_[run]->seconds()) : QStringLiteral("–"));
    weights << megabytes(runs_[run]->weight_bytes);
    if (on_gpu)
      for (auto* row : {&total, &whole, &speed, &weights}) *row << QString();
  }
  rows << total << whole << speed << weights;
  setTable(heads, rows, head_colours);
}

void CostChart::drawTimes() {
  const auto& times = *times_;
  const auto& request = times.request;
  const int threads = times.plans.front().threads;
  const auto where = times.on_gpu ? times.device : tr("%1, %n threads", nullptr, threads).arg(times.device);
  setCaption(sentences(
      {tr("%1: %2 s of made-up speech after %3 s of prompt, %n rounds of all plans in turn, as octet "
          "bench. Medians and their ratio; lines and \"by round\" reach from the lowest to the "
          "highest.",
          nullptr, request.rounds)
           .arg(where, QLocale().toString(request.seconds, 'f', 1),
                QLocale().toString(request.prompt_seconds, 'f', 0)),
       times.on_gpu ? on_a_gpu() : QString()}));
  std::vector<std::string> stages;
  const auto& first = times.plans.front();
  for (const auto& stage : std::ranges::subrange(first.stages.begin(), sum_of(first)))
    stages.push_back(stage.stage);
  std::vector<std::vector<double>> seconds;
  std::vector<double> wholes;
  for (const auto& plan : times.plans) {
    auto& parts = seconds.emplace_back();
    for (std::size_t i = 0; i < stages.size(); ++i) parts.push_back(plan.stages[i].median_seconds);
    wholes.push_back(timing_of(plan, kWhole).median_seconds);
  }
  drawBars(times.names, stages, seconds, wholes);
  drawSpread();
  fillTimes();
}

/// Of the whole: its median is a dot upon the line from the fastest round to the slowest.
void CostChart::drawSpread() {
  const QPen pen(palette().color(QPalette::Text));
  auto* medians = plot().addGraph(plot().yAxis, plot().xAxis);
  medians->setName(person_name(kWhole));
  medians->setPen(pen);
  medians->setLineStyle(QCPGraph::lsNone);
  medians->setScatterStyle({QCPScatterStyle::ssDisc, 5});
  auto* spread = new QCPErrorBars(plot().yAxis, plot().xAxis);
  spread->setDataPlottable(medians);
  spread->setPen(pen);
  spread->setSymbolGap(0);
  spread->removeFromLegend();
  double key = 0, slowest = 0;
  for (auto plan = times_->plans.rbegin(); plan != times_->plans.rend(); ++plan) {  // keys rise from the last
    const auto& whole = timing_of(*plan, kWhole);
    medians->addData(key++, whole.median_seconds);
    spread->addData(whole.median_seconds - whole.min_seconds, whole.max_seconds - whole.median_seconds);
    slowest = std::max(slowest, whole.max_seconds);
  }
  plot().xAxis->setRange(0, slowest * 1.04);
  showLegend();
}

/// What decides first: the time of the whole and the memory that has to be there. Then where they come from.
void CostChart::fillTimes() {
  const auto& times = *times_;
  const auto& names = times.names;
  QStringList heads{tr("Cost")};
  QList<QColor> head_colours{QColor()};
  const auto head = [&](const QString& text, qsizetype plan) {
    heads << text;
    head_colours << (plan < times.of_slots ? run_colour(static_cast<int>(plan)) : QColor());
  };
  for (qsizetype plan = 0; plan < names.size(); ++plan) {
    head(QStringLiteral("%1, s").arg(names[plan]), plan);
    if (times.on_gpu) head(QStringLiteral("%1, MB").arg(names[plan]), plan);
    if (plan == 0) continue;
    head(QStringLiteral("%1 : %2").arg(names[plan], names.front()), plan);
    if (plan < times.of_slots) head(tr("by round"), plan);
  }
  struct Cell {
    QString text, memory = {}, ratio = {}, by_round = {};
  };
  QList<QStringList> rows;
  // A line of what `cell` says of each plan, in its columns.
  const auto add = [&](const QString& title, const auto& cell) {
    QStringList row{title};
    for (std::size_t i = 0; i < times.plans.size(); ++i) {
      const Cell said = cell(times.plans[i]);
      row << said.text;
      if (times.on_gpu) row << said.memory;
      if (i > 0) row << said.ratio;
      if (i > 0 && static_cast<qsizetype>(i) < times.of_slots) row << said.by_round;
    }
    rows << row;
  };
  const auto& first = times.plans.front();
  const auto add_stage = [&](const std::string& stage) {
    add(person_name(stage), [&](const PlanTiming& plan) {
      const auto& one = timing_of(plan, stage);
      return Cell{seconds_text(one.median_seconds), megabytes(one.peak_bytes),
                  ratio_text(one.median_seconds / timing_of(first, stage).median_seconds),
                  QStringLiteral("%1–%2").arg(ratio_text(one.min_ratio), ratio_text(one.max_ratio))};
    });
  };
  const auto add_memory = [&](const QString& title, const auto& bytes) {
    add(title, [&](const PlanTiming& plan) {
      return Cell{megabytes(bytes(plan)), {}, ratio_text(double(bytes(plan)) / double(bytes(first)))};
    });
  };
  add_stage(kWhole);
  add(tr("real-time factor"), [&](const PlanTiming& plan) {
    return Cell{ratio_text(timing_of(plan, kWhole).median_seconds / plan.audio_seconds)};
  });
  const auto weights = [](const PlanTiming& plan) { return plan.weight_bytes; };
  add_memory(tr("peak memory, MB"), [&](const auto& plan) { return weights(plan) + times.working_bytes; });
  add_memory(tr("weights, MB"), weights);
  add(tr("working, MB"), [&](const PlanTiming&) { return Cell{megabytes(times.working_bytes)}; });
  for (const auto& stage : first.stages)
    if (stage.stage != kWhole) add_stage(stage.stage);
  add(tr("fastest round"),
      [&](const PlanTiming& plan) { return Cell{seconds_text(timing_of(plan, kWhole).min_seconds)}; });
  add(tr("slowest round"),
      [&](const PlanTiming& plan) { return Cell{seconds_text(timing_of(plan, kWhole).max_seconds)}; });
  setTable(heads, rows, head_colours);
}

}  // namespace octet::ui
