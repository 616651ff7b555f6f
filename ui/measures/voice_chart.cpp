#include "ui/measures/voice_chart.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "ui/language/sentences.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr std::string_view kSimilarity = "speaker_cosine";
constexpr qsizetype kMostPlotted = 24;  // as many have room in a window

QCPScatterStyle dot(const QColor& colour) { return {QCPScatterStyle::ssDisc, colour, colour, 9}; }

}  // namespace

VoiceChart::VoiceChart(QWidget* parent) : Chart(parent) {
  plot().setObjectName("voicePlot");
  plot().setAccessibleName(tr("Embedding similarity per clip"));
  connect(this, &Chart::plotClicked, this, &VoiceChart::click);
  redraw();
}

void VoiceChart::setReport(const Report& report) {
  runs_ = scored_runs(report);
  redraw();
}

void VoiceChart::setClip(const QString& clip, const std::vector<ScoredRun>& runs) {
  std::erase_if(runs_, [&](const auto& run) { return run.clip == clip; });
  runs_.insert(runs_.end(), runs.begin(), runs.end());
  redrawWhenSeen();
}

void VoiceChart::draw() {
  std::map<QString, double> worst;  // by clip
  for (const auto& run : runs_)
    if (const auto* scored = run.find(kSimilarity); scored && !std::isnan(scored->value)) {
      const auto [place, is_new] = worst.try_emplace(run.clip, scored->value);
      if (!is_new) place->second = std::min(place->second, scored->value);
    }
  clips_.clear();
  if (runs_.empty()) return showHint(tr("Synthesize A and B: here is how alike their speakers sound."));
  if (worst.empty())
    return showHint(
        tr("Speakers cannot be compared: the checkpoint has no speaker encoder, or the sound is too "
           "short for it."));
  QStringList all;
  for (const auto& [clip, value] : worst) all << clip;
  std::ranges::stable_sort(all, std::greater(), [&](const QString& clip) { return worst.at(clip); });
  clips_ = all.last(std::min(all.size(), kMostPlotted));
  QStringList caption{tr("Cosine between the speaker embeddings of each run and of %1; 1 is the same voice.")
                          .arg(runs_.front().reference)};
  if (clips_.size() < all.size())
    caption << tr("Plotted are the %1 worst clips of %2.").arg(clips_.size()).arg(all.size());
  setCaption(sentences(caption));

  std::map<QString, QCPGraph*> floors;
  std::map<int, QCPGraph*> graphs;
  double lowest = 1;
  const auto graph = [&](const QString& name, const QCPScatterStyle& style) {
    auto* made = plot().addGraph(plot().yAxis, plot().xAxis);  // keys are the clips
    made->setName(name);
    made->setLineStyle(QCPGraph::lsNone);
    made->setScatterStyle(style);
    return made;
  };
  QStringList heads{tr("Clip")};
  QList<QColor> colours_of_heads{QColor()};
  std::map<QString, std::map<QString, QString>> cells;  // by clip and column
  for (const auto& run : runs_)
    for (const auto& floor : run.floors)
      if (!floors.contains(floor))
        floors[floor] = graph(floor, {floors.empty() ? QCPScatterStyle::ssCross : QCPScatterStyle::ssSquare,
                                      QPen(colours().muted, 1.5), Qt::NoBrush, 8});
  std::set<int> slots_used;
  for (const auto& run : runs_) slots_used.insert(run.run);
  for (const int slot : slots_used) {
    const auto found = std::ranges::find(runs_, slot, &ScoredRun::run);
    graphs[slot] = graph(found->name, dot(run_colour(slot)));
    heads << found->name;
    colours_of_heads << run_colour(slot);
  }
  for (const auto& [floor, made] : floors) {
    heads << floor;
    colours_of_heads << colours().muted;
  }
  for (const auto& run : runs_) {
    const auto* scored = run.find(kSimilarity);
    const auto place = clips_.indexOf(run.clip);
    if (!scored) continue;
    const auto add = [&](QCPGraph* to, const QString& column, double value) {
      if (std::isnan(value)) return;
      if (place >= 0) {
        to->addData(double(place), value);
        lowest = std::min(lowest, value);
      }
      cells[run.clip][column] = value_text(*scored->measure, value);
    };
    add(graphs.at(run.run), run.name, scored->value);
    for (std::size_t i = 0; i < scored->floors.size(); ++i)
      add(floors.at(run.floors[qsizetype(i)]), run.floors[qsizetype(i)], scored->floors[i]);
  }

  auto ticker = QSharedPointer<QCPAxisTickerText>::create();
  constexpr int kLongest = 18;
  for (qsizetype i = 0; i < clips_.size(); ++i) {
    const auto& clip = clips_[i];
    ticker->addTick(double(i),
                    clip.size() <= kLongest ? clip : clip.left(kLongest - 1) + QStringLiteral("…"));
  }
  plot().yAxis->setTicker(ticker);
  plot().yAxis->setRange(-0.6, double(clips_.size()) - 0.4);
  const double margin = std::max(0.001, (1 - lowest) * 0.08);  // a dot's, not a tick's: nothing is above 1
  plot().xAxis->setRange(lowest - margin, 1 + margin);
  plot().xAxis->ticker()->setTickCount(3);  // more run together where there is little room
  plot().xAxis->setLabel(tr("similarity"));
  setPlotHeight(5 + 2 * static_cast<int>(clips_.size()));
  showLegend();

  QList<QStringList> rows;
  for (auto clip = all.rbegin(); clip != all.rend(); ++clip) {
    QStringList row{*clip};
    for (qsizetype i = 1; i < heads.size(); ++i) {
      const auto& found = cells[*clip][heads[i]];
      row << (found.isEmpty() ? QStringLiteral("–") : found);
    }
    rows << row;
  }
  for (auto& head : heads) head.replace(" ", "\n");
  setTable(heads, rows, colours_of_heads);
}

void VoiceChart::click(const QPointF& place) {
  if (clips_.isEmpty() || !plot().axisRect()->rect().contains(place.toPoint())) return;
  const auto row =
      std::clamp<qsizetype>(qRound64(plot().yAxis->pixelToCoord(place.y())), 0, clips_.size() - 1);
  const double similarity = plot().xAxis->pixelToCoord(place.x());
  const ScoredRun* nearest = nullptr;
  const auto distance = [&](const ScoredRun& run) {
    return std::abs(run.find(kSimilarity)->value - similarity);
  };
  for (const auto& run : runs_)
    if (run.clip == clips_[row] && run.find(kSimilarity) && (!nearest || distance(run) < distance(*nearest)))
      nearest = &run;
  if (nearest) Q_EMIT clicked(nearest->clip, nearest->run);
}

}  // namespace octet::ui
