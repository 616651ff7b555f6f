#include "ui/measures/voice_chart.h"

#include <QLocale>
#include <algorithm>
#include <cmath>

#include "core/metrics/speaker_cosine.h"
#include "ui/language/sentences.h"
#include "ui/measures/measure_names.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr std::string_view kSimilarity = "speaker_cosine";
constexpr std::size_t kMostPlotted = 24;  // as many have room in a window

}  // namespace

VoiceChart::VoiceChart(QWidget* parent) : Chart(parent) {
  plot().setObjectName("voicePlot");
  plot().setAccessibleName(tr("Embedding similarity per clip"));
  connect(this, &Chart::plotClicked, this, &VoiceChart::click);
  redraw();
}

void VoiceChart::setReport(const Report& report) {
  runs_ = scored_runs(report);
  voices_.clear();
  for (const auto& clip : report.clips) voices_[clip.name] = {clip.voice, clip.heard};
  redraw();
}

void VoiceChart::setClip(const ClipResult& clip, const std::vector<ScoredRun>& runs) {
  std::erase_if(runs_, [&](const auto& run) { return run.clip == clip.name; });
  runs_.insert(runs_.end(), runs.begin(), runs.end());
  voices_[clip.name] = {clip.voice, clip.heard};
  redrawWhenSeen();
}

double VoiceChart::nearestOtherVoice(const std::string& clip) const {
  double nearest = qQNaN();
  const auto own = voices_.find(clip);
  if (own == voices_.end() || own->second.heard.empty()) return nearest;
  for (const auto& [name, other] : voices_)
    if (other.asked != own->second.asked && other.heard.size() == own->second.heard.size())
      nearest = std::fmax(nearest, speaker_cosine(own->second.heard, other.heard));
  return nearest;
}

std::vector<VoiceChart::Column> VoiceChart::columns() const {
  std::map<int, Column> runs;
  std::map<std::size_t, Column> floors;
  for (const auto& run : runs_) {
    const auto* scored = run.find(kSimilarity);
    if (!scored) continue;
    const auto colour = run_colour(run.run);
    const QCPScatterStyle disc(QCPScatterStyle::ssDisc, colour, colour, 9);
    runs.try_emplace(run.run, Column{run.name, colour, disc}).first->second.values[run.clip] = scored->value;
    for (std::size_t i = 0; i < scored->floors.size(); ++i) {
      const auto name = floor_name(i, run.reference);
      const QCPScatterStyle mark(i == 0 ? QCPScatterStyle::ssCross : QCPScatterStyle::ssSquare,
                                 QPen(colours().muted, 1.5), Qt::NoBrush, 8);
      floors.try_emplace(i, Column{name, colours().muted, mark}).first->second.values[run.clip] =
          scored->floors[i];
    }
  }
  std::vector<Column> all;
  all.reserve(runs.size() + floors.size() + 1);
  for (auto& [run, column] : runs) all.push_back(std::move(column));
  for (auto& [floor, column] : floors) all.push_back(std::move(column));
  Column other{tr("nearest other voice"),
               colours().muted,
               {QCPScatterStyle::ssTriangle, QPen(colours().muted, 1.5), Qt::NoBrush, 8}};
  for (const auto& clip : clips_)
    if (const double nearest = nearestOtherVoice(clip); !std::isnan(nearest)) other.values[clip] = nearest;
  if (!other.values.empty()) all.push_back(std::move(other));
  return all;
}

void VoiceChart::draw() {
  std::map<std::string, double> worst;  // by clip
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
  std::vector<std::string> all;
  all.reserve(worst.size());
  for (const auto& [clip, value] : worst) all.push_back(clip);
  std::ranges::stable_sort(all, std::greater(), [&](const auto& clip) { return worst.at(clip); });
  const auto plotted = std::min(all.size(), kMostPlotted);
  clips_.assign(all.end() - static_cast<std::ptrdiff_t>(plotted), all.end());
  const auto shown = columns();
  QStringList caption{tr("Cosine between the speaker embeddings of each run and of %1; 1 is the same voice.")
                          .arg(runs_.front().reference)};
  double nearest = qQNaN();
  for (const auto& clip : clips_) nearest = std::fmax(nearest, nearestOtherVoice(clip));
  if (!std::isnan(nearest))
    caption << tr("Another voice: up to %1 (%2 of clips that are spoken in different voices).")
                   .arg(QLocale().toString(nearest, 'f', 2), runs_.front().reference);
  if (clips_.size() < all.size())
    caption << tr("Plotted are the %1 worst clips of %2.").arg(clips_.size()).arg(all.size());
  setCaption(sentences(caption));
  drawColumns(shown);
  setPlotHeight(5 + 2 * static_cast<int>(clips_.size()));
  showLegend();
  fillTable(shown, all);
}

void VoiceChart::drawColumns(const std::vector<Column>& columns) {
  double lowest = 1;
  for (const auto& column : columns) {
    auto* graph = plot().addGraph(plot().yAxis, plot().xAxis);  // keys are the clips
    graph->setName(column.name);
    graph->setLineStyle(QCPGraph::lsNone);
    graph->setScatterStyle(column.mark);
    for (std::size_t i = 0; i < clips_.size(); ++i) {
      const auto found = column.values.find(clips_[i]);
      if (found == column.values.end() || std::isnan(found->second)) continue;
      graph->addData(static_cast<double>(i), found->second);
      lowest = std::min(lowest, found->second);
    }
  }
  drawAxes(lowest);
}

void VoiceChart::drawAxes(double lowest) {
  auto ticker = QSharedPointer<QCPAxisTickerText>::create();
  constexpr int kLongest = 18;
  for (std::size_t i = 0; i < clips_.size(); ++i) {
    const auto clip = QString::fromStdString(clips_[i]);
    ticker->addTick(static_cast<double>(i),
                    clip.size() <= kLongest ? clip : clip.left(kLongest - 1) + QStringLiteral("…"));
  }
  plot().yAxis->setTicker(ticker);
  plot().yAxis->setRange(-0.6, static_cast<double>(clips_.size()) - 0.4);
  const double margin = std::max(0.001, (1 - lowest) * 0.08);  // a dot's, not a tick's: nothing is above 1
  plot().xAxis->setRange(lowest - margin, 1 + margin);
  plot().xAxis->ticker()->setTickCount(3);  // more run together where there is little room
  plot().xAxis->setLabel(tr("similarity"));
}

void VoiceChart::fillTable(const std::vector<Column>& columns, const std::vector<std::string>& worst_last) {
  const auto& measure = measure_called(kSimilarity);
  QStringList heads{tr("Clip")};
  QList<QColor> colours_of_heads{QColor()};
  for (const auto& column : columns) {
    heads << QString(column.name).replace(' ', '\n');
    colours_of_heads << column.colour;
  }
  QList<QStringList> rows;
  for (auto clip = worst_last.rbegin(); clip != worst_last.rend(); ++clip) {
    QStringList row{QString::fromStdString(*clip)};
    for (const auto& column : columns) {
      const auto found = column.values.find(*clip);
      row << value_text(measure, found == column.values.end() ? qQNaN() : found->second);
    }
    rows << row;
  }
  setTable(heads, rows, colours_of_heads);
}

void VoiceChart::click(const QPointF& place) {
  if (clips_.empty() || !plot().axisRect()->rect().contains(place.toPoint())) return;
  const auto row =
      std::clamp<qint64>(qRound64(plot().yAxis->pixelToCoord(place.y())), 0, std::ssize(clips_) - 1);
  const double similarity = plot().xAxis->pixelToCoord(place.x());
  const ScoredRun* nearest = nullptr;
  const auto distance = [&](const ScoredRun& run) {
    return std::abs(run.find(kSimilarity)->value - similarity);
  };
  for (const auto& run : runs_)
    if (run.clip == clips_[static_cast<std::size_t>(row)] && run.find(kSimilarity) &&
        (!nearest || distance(run) < distance(*nearest)))
      nearest = &run;
  if (nearest) Q_EMIT clicked(nearest->clip, nearest->run);
}

}  // namespace octet::ui
