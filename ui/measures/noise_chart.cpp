#include "ui/measures/noise_chart.h"

#include <QLocale>
#include <algorithm>
#include <array>
#include <cmath>

#include "core/metrics/noise_floor.h"
#include "ui/language/sentences.h"
#include "ui/measures/measure_names.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

/// Of floors, in the order of noise_floor_bands().
constexpr std::array<std::string_view, 4> kRises{"noise_floor_rise_100_1000", "noise_floor_rise_1_4k",
                                                 "noise_floor_rise_4_8k", "noise_floor_rise_8_12k"};
constexpr double kHalfGroup = 0.4;  // of a band's bars

QString name_of(const FrequencyBand& band) {
  const auto kilohertz = [](double hertz) { return QLocale().toString(hertz / 1000, 'g', 3); };
  return QStringLiteral("%1–%2").arg(kilohertz(band.low), kilohertz(band.high));
}

double rise_of(const FloatFloor& floor, std::size_t band) {
  const auto found = std::ranges::find(floor.scores, kRises.at(band), &Score::measure);
  return found == floor.scores.end() ? qQNaN() : found->value;
}

QString level_text(double level) {
  return std::isnan(level) ? QStringLiteral("–") : QLocale().toString(level, 'f', 1);
}

QString rise_text(double rise) {
  const double rounded = std::round(10 * rise) / 10 + 0.0;  // -0.0 becomes 0
  return (rounded >= 0 ? QStringLiteral("+") : QString()) + level_text(rounded);
}

}  // namespace

NoiseChart::NoiseChart(QWidget* parent) : Chart(parent) {
  plot().setObjectName("noisePlot");
  plot().setAccessibleName(tr("Rise of the noise floor by band, in pauses"));
  redraw();
}

void NoiseChart::setRuns(const Runs& runs, const Analysis& analysis, const std::vector<FloatFloor>& floors) {
  runs_ = runs;
  analysis_ = analysis;
  floors_ = floors;
  redraw();
}

double NoiseChart::rise(std::size_t run, std::size_t band) const {
  return analysis_.runs[run].floors.at(band) - analysis_.runs.front().floors.at(band);
}

void NoiseChart::draw() {
  if (runs_.size() < 2)
    return showHint(tr("Synthesize A and B: here is by how much more one hisses in the pauses."));
  if (analysis_.runs.size() != runs_.size()) return showHint(tr("Measuring…"));
  const auto& reference = analysis_.runs.front().floors;
  if (std::ranges::all_of(reference, [](double level) { return std::isnan(level); }))
    return showHint(tr("%1 has no pauses to listen into: nothing lies 30 dB under its loud parts.")
                        .arg(runs_.front()->clip));
  QStringList caption{
      tr("%1: by how much each run is above %2 in the pauses of %2, by band. Lower is better.")
          .arg(runs_.front()->clip, runs_.front()->name)};
  if (!floors_.empty()) caption << tr("Lines are what float runs differ by.");
  caption << tr("Whether it is heard depends on how loud speech is played: Run › Risks tells that.");
  setCaption(sentences(caption));
  drawBars();
  for (std::size_t i = 0; i < floors_.size(); ++i) drawFloor(i);
  drawAxes();
  setPlotHeight(11);
  showLegend();
  fillTable();
}

void NoiseChart::drawBars() {
  const auto bands = noise_floor_bands().size();
  const auto drawn = static_cast<double>(runs_.size() - 1);
  const double width = 2 * kHalfGroup / drawn;
  for (std::size_t i = 1; i < runs_.size(); ++i) {
    auto* bars = new QCPBars(plot().xAxis, plot().yAxis);
    bars->setName(runs_[i]->name);
    bars->setWidth(width * 0.9);
    bars->setPen(Qt::NoPen);
    bars->setBrush(run_colour(runs_[i]->slot()));
    for (std::size_t band = 0; band < bands; ++band)
      if (const double above = rise(i, band); !std::isnan(above))
        bars->addData(static_cast<double>(band) + (static_cast<double>(i) - (drawn + 1) / 2) * width, above);
  }
}

/// As a line over each band's bars.
void NoiseChart::drawFloor(std::size_t floor) {
  auto* line = plot().addGraph();
  line->setName(floor_name(floor, runs_.front()->name));
  line->setPen(QPen(palette().color(QPalette::Text), 1.5, floor == 0 ? Qt::SolidLine : Qt::DotLine));
  for (std::size_t band = 0; band < kRises.size(); ++band) {
    const auto place = static_cast<double>(band);
    line->addData(place - kHalfGroup, rise_of(floors_[floor], band));
    line->addData(place + kHalfGroup, rise_of(floors_[floor], band));
    line->addData(place + 0.5, qQNaN());  // lines lead to no other band
  }
}

void NoiseChart::drawAxes() {
  const auto bands = noise_floor_bands();
  auto ticker = QSharedPointer<QCPAxisTickerText>::create();
  double lowest = 0, highest = 2;  // so that a tenth of a decibel looks like one
  const auto hold = [&](double value) {
    if (std::isnan(value)) return;
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  };
  for (std::size_t band = 0; band < bands.size(); ++band) {
    ticker->addTick(static_cast<double>(band), name_of(bands[band]));
    for (std::size_t run = 1; run < runs_.size(); ++run) hold(rise(run, band));
    for (const auto& floor : floors_) hold(rise_of(floor, band));
  }
  auto &x = *plot().xAxis, &y = *plot().yAxis;
  x.setTicker(ticker);
  x.setRange(-0.6, static_cast<double>(bands.size()) - 0.4);
  x.grid()->setVisible(false);
  x.setLabel(QStringLiteral("kHz"));
  const double air = 0.08 * (highest - lowest);
  y.setRange(lowest < 0 ? lowest - air : 0, highest + air);
  y.grid()->setZeroLinePen(QPen(colours().muted));
  y.setLabel(tr("rise, dB"));
}

void NoiseChart::fillTable() {
  const auto& first = runs_.front()->name;
  QStringList heads{tr("Band, kHz"), QStringLiteral("%1, dBFS").arg(first)};
  QList<QColor> head_colours{QColor(), run_colour(runs_.front()->slot())};
  for (std::size_t i = 1; i < runs_.size(); ++i) {
    heads << QStringLiteral("%1, dBFS").arg(runs_[i]->name)
          << tr("%1 over %2, dB").arg(runs_[i]->name, first);
    head_colours << run_colour(runs_[i]->slot()) << run_colour(runs_[i]->slot());
  }
  for (std::size_t i = 0; i < floors_.size(); ++i) {
    heads << QStringLiteral("%1, dB").arg(floor_name(i, first));
    head_colours << colours().muted;
  }
  QList<QStringList> rows;
  const auto bands = noise_floor_bands();
  for (std::size_t band = 0; band < bands.size(); ++band) {
    QStringList row{name_of(bands[band]), level_text(analysis_.runs.front().floors.at(band))};
    for (std::size_t i = 1; i < runs_.size(); ++i)
      row << level_text(analysis_.runs[i].floors.at(band)) << rise_text(rise(i, band));
    for (const auto& floor : floors_) row << rise_text(rise_of(floor, band));
    rows << row;
  }
  for (auto& head : heads) head.replace(' ', '\n');
  setTable(heads, rows, head_colours);
}

}  // namespace octet::ui
