#include "ui/measures/cost_chart.h"

#include <QLocale>
#include <algorithm>
#include <numeric>

#include "ui/language/sentences.h"
#include "ui/language/stage_names.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

QString megabytes(std::uint64_t bytes) { return QLocale().toString(double(bytes) / 1e6, 'f', 1); }
QString seconds_text(double seconds) { return QLocale().toString(seconds, 'f', 3); }
QString ratio_text(double ratio) { return QLocale().toString(ratio, 'f', 2); }

QString on_the_cpu() {
  return CostChart::tr(
      "On the CPU the program keeps memory it once had, so that no stage's own can be told.");
}
QString on_a_gpu() { return CostChart::tr("MB: the most the GPU's allocator held while the stage ran."); }

/// Of a timing: the stages that a synthesis is made of come before their sum.
auto sum_of(const PlanTiming& timing) {
  return std::ranges::find(timing.stages, "total", &StageTiming::stage);
}

QString person_name(const std::string& stage) {
  if (stage == "total") return CostChart::tr("total of the stages");
  if (stage == "end to end") return CostChart::tr("end to end");
  if (stage == "voice") return CostChart::tr("a voice from its recording");
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

void CostChart::drawBars(const QStringList& names, const std::vector<std::string>& stages,
                         const std::vector<std::vector<double>>& seconds) {
  const auto count = static_cast<int>(names.size());
  QCPBars* below = nullptr;
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    auto* bars = new QCPBars(plot().yAxis, plot().xAxis);  // keys are the runs
    bars->setName(stage_in_words(stages[stage]));
    bars->setWidth(0.6);
    bars->setPen(Qt::NoPen);
    bars->setBrush(shade(static_cast<int>(stage), static_cast<int>(stages.size())));
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
  double longest = 0;
  for (const auto& parts : seconds)
    longest = std::max(longest, std::accumulate(parts.begin(), parts.end(), 0.0));
  plot().xAxis->setRange(0, longest > 0 ? longest * 1.04 : 1);
  plot().xAxis->setLabel(tr("seconds"));
  setPlotHeight(6 + 2 * count);
  showLegend();
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
  std::vector<double> totals;
  for (const auto& run : runs_) {
    names << run->name;
    auto& parts = seconds.emplace_back(stages.size());
    for (const auto& cost : run->synthesis.costs)
      parts[static_cast<std::size_t>(std::ranges::find(stages, cost.stage) - stages.begin())] += cost.seconds;
    totals.push_back(std::accumulate(parts.begin(), parts.end(), 0.0));
  }
  drawBars(names, stages, seconds);
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
  QStringList total{person_name("total")}, whole{person_name("end to end")},
      speed{tr("seconds a second of speech")}, weights{tr("weights, MB")};
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
  const auto& [names, request, plans, working_bytes, on_gpu] = *times_;
  setCaption(sentences(
      {tr("%1 s of made-up speech after a prompt of %2 s, as octet bench: %n rounds of all plans in turn, "
          "after one to warm up. Medians; lines reach from the fastest to the slowest.",
          nullptr, request.rounds)
           .arg(QLocale().toString(request.seconds, 'f', 1),
                QLocale().toString(request.prompt_seconds, 'f', 0)),
       on_gpu ? on_a_gpu() : QString()}));
  std::vector<std::string> stages;
  for (const auto& stage : std::ranges::subrange(plans.front().stages.begin(), sum_of(plans.front())))
    stages.push_back(stage.stage);
  std::vector<std::vector<double>> seconds;
  for (const auto& plan : plans) {
    auto& parts = seconds.emplace_back();
    for (std::size_t i = 0; i < stages.size(); ++i) parts.push_back(plan.stages[i].median_seconds);
  }
  drawBars(names, stages, seconds);
  auto* spread = new QCPErrorBars(plot().yAxis, plot().xAxis);
  spread->setDataPlottable(plot().plottable(static_cast<int>(stages.size()) - 1));
  spread->setPen(QPen(palette().color(QPalette::Text)));
  spread->setSymbolGap(0);
  spread->removeFromLegend();
  double slowest = 0;
  for (auto plan = plans.rbegin(); plan != plans.rend(); ++plan) {  // keys rise from the last
    const auto sum = sum_of(*plan);
    spread->addData(sum->median_seconds - sum->min_seconds, sum->max_seconds - sum->median_seconds);
    slowest = std::max(slowest, sum->max_seconds);
  }
  plot().xAxis->setRange(0, slowest * 1.04);
  fillTimes();
}

void CostChart::fillTimes() {
  const auto& [names, request, plans, working_bytes, on_gpu] = *times_;
  QStringList heads{tr("Stage")};
  QList<QColor> head_colours{QColor()};
  const auto head = [&](const QString& text, qsizetype plan) {
    heads << text;
    head_colours << run_colour(static_cast<int>(plan));
  };
  for (qsizetype plan = 0; plan < names.size(); ++plan) {
    head(QStringLiteral("%1, s").arg(names[plan]), plan);
    if (on_gpu) head(QStringLiteral("%1, MB").arg(names[plan]), plan);
    if (plan > 0) head(QStringLiteral("%1 : %2").arg(names[plan], names.front()), plan);
  }
  QList<QStringList> rows;
  // A line of what `cell` says of each plan: under its seconds, and its ratio to the first where it has one.
  const auto add = [&](const QString& title, const auto& cell) {
    QStringList row{title};
    for (std::size_t i = 0; i < plans.size(); ++i) {
      const auto [text, memory, ratio] = cell(plans[i]);
      row << text;
      if (on_gpu) row << memory;
      if (i > 0) row << ratio;
    }
    rows << row;
  };
  using Cell = std::tuple<QString, QString, QString>;
  for (std::size_t stage = 0; stage < plans.front().stages.size(); ++stage)
    add(person_name(plans.front().stages[stage].stage), [&](const PlanTiming& plan) {
      const auto& one = plan.stages[stage];
      return Cell{seconds_text(one.median_seconds), megabytes(one.peak_bytes), ratio_text(one.ratio)};
    });
  const auto whole = [](const PlanTiming& plan) {
    return *std::ranges::find(plan.stages, "end to end", &StageTiming::stage);
  };
  add(tr("end to end, fastest"), [&](const PlanTiming& plan) {
    return Cell{seconds_text(whole(plan).min_seconds), {}, {}};
  });
  add(tr("end to end, slowest"), [&](const PlanTiming& plan) {
    return Cell{seconds_text(whole(plan).max_seconds), {}, {}};
  });
  add(tr("seconds a second of speech"), [&](const PlanTiming& plan) {
    return Cell{ratio_text(whole(plan).median_seconds / plan.audio_seconds), {}, {}};
  });
  const auto first = static_cast<double>(plans.front().weight_bytes);
  add(tr("weights in memory, MB"), [&](const PlanTiming& plan) {
    return Cell{megabytes(plan.weight_bytes), {}, ratio_text(static_cast<double>(plan.weight_bytes) / first)};
  });
  add(tr("beyond them at most, MB"), [&, bytes = working_bytes](const PlanTiming&) {
    return Cell{megabytes(bytes), {}, {}};
  });
  setTable(heads, rows, head_colours);
}

}  // namespace octet::ui
