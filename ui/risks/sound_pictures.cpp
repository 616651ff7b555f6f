// Of the risks to mel, waveform and pauses.

#include <QLocale>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ui/language/symbols.h"
#include "ui/risks/risk_words.h"

namespace octet::ui::risk_words {
namespace {

std::vector<double> in_percent(std::vector<double> shares) {
  for (auto& share : shares) share *= 100;
  return shares;
}

std::vector<double> counted(std::size_t count) {
  std::vector<double> from_one(count);
  std::iota(from_one.begin(), from_one.end(), 1.0);
  return from_one;
}

RiskPlot plot_of(const std::vector<StepsRisk::Course>& courses) {
  RiskPlot plot{tr("Step by step"),
                tr("How far the flow's state is off after each step, with so many steps; dashed: every layer "
                   "in bf16."),
                {tr("Euler step")},
                {tr("error, %")},
                {},
                {},
                {tr("Steps"), tr("after the last, plan"), QStringLiteral("bf16")},
                {}};
  int mark = 0;
  for (const auto& [steps, planned, bf16] : courses) {
    const auto x = counted(planned.size());
    plot.series.push_back({tr("%n steps", nullptr, steps), RiskRole::plan, RiskSeries::Form::line, x,
                           in_percent(planned), mark});
    plot.series.push_back({mark == 0 ? QStringLiteral("bf16") : QString(), RiskRole::floor,
                           RiskSeries::Form::line, x, in_percent(bf16), mark});
    plot.rows << QStringList{QLocale().toString(steps), percent(planned.back()), percent(bf16.back())};
    ++mark;
  }
  return plot;
}

QString named(const StepsRisk::Window& window) {
  return QStringLiteral("%1–%2").arg(window.first).arg(window.last);
}

RiskPlot plot_of(const std::vector<StepsRisk::Window>& windows) {
  QStringList names;
  std::vector<double> errors;
  for (const auto& window : windows) {
    names << named(window);
    errors.push_back(100 * window.error);
  }
  auto plot = bars(names, errors, {});
  plot.series.resize(1);
  plot.title = tr("Where it matters");
  plot.caption =
      tr("The plan's estimator in these of ten steps only, fp32's in the others: how far the end is off.");
  plot.x.label = tr("steps under the plan");
  plot.y.label = tr("error, %");
  plot.heads = {tr("Steps"), tr("error of the end")};
  for (const auto& window : windows) plot.rows << QStringList{named(window), percent(window.error)};
  return plot;
}

RiskPlot plot_of(const std::vector<StepsRisk::Guidance>& guidance) {
  RiskPlot plot{
      tr("Guidance"),
      tr("At fp32's state before each of ten steps: the error of the slope, and of what guidance makes "
         "of it."),
      {tr("Euler step")},
      {tr("error, %")},
      {},
      {},
      {tr("Step"), tr("with the condition"), tr("without"), tr("guided"), tr("guided over with")},
      {}};
  std::vector<double> conditional, blank, guided;
  for (const auto& step : guidance) {
    conditional.push_back(100 * step.conditional);
    blank.push_back(100 * step.blank);
    guided.push_back(100 * step.guided);
    plot.rows << QStringList{QLocale().toString(conditional.size()), percent(step.conditional),
                             percent(step.blank), percent(step.guided),
                             number(step.guided / step.conditional, 2)};
  }
  const auto x = counted(guidance.size());
  plot.series = {{tr("guided"), RiskRole::plan, RiskSeries::Form::line, x, guided, 0},
                 {tr("with the condition"), RiskRole::reference, RiskSeries::Form::line, x, conditional, 1},
                 {tr("without"), RiskRole::other, RiskSeries::Form::line, x, blank, 2}};
  return plot;
}

QString where_it_matters(const std::vector<StepsRisk::Window>& windows) {
  const auto parts = windows.size() > 1 ? windows.size() - 1 : windows.size();  // the last is all of them
  const auto most = std::ranges::max_element(
      windows.begin(), windows.begin() + static_cast<std::ptrdiff_t>(parts), {}, &StepsRisk::Window::error);
  return tr("In steps %1 of ten the plan alone makes %2: precision matters most there.")
      .arg(named(*most), percent(most->error));
}

QString amplified(const std::vector<StepsRisk::Guidance>& guidance) {
  if (guidance.empty()) return tr("This model has no guidance that could amplify an error.");
  double most = 0;
  for (const auto& step : guidance)
    if (step.conditional > 0) most = std::max(most, step.guided / step.conditional);
  return most > 0 ? tr("Guidance makes a slope's error up to %1 times as great.").arg(number(most, 1))
                  : QString();
}

/// The band that is heard best, or would be first.
auto nearest_to_threshold(const NoiseRisk& risk) {
  return std::ranges::max_element(risk.bands, {}, &NoiseRisk::Band::audible);
}

/// Where the plan's noise lies above the threshold, or how far below.
QString audibility(const NoiseRisk& risk) {
  const auto hertz = [](double value) { return QLocale().toString(value, 'f', 0); };
  const auto nearest = nearest_to_threshold(risk);
  if (nearest == risk.bands.end()) return {};
  if (nearest->audible() < 0)
    return tr("With speech at %1 dB SPL nothing of it is heard: nearest to the threshold is %2 Hz, %3 dB "
              "under it.")
        .arg(number(risk.speech_level, 0), hertz(nearest->centre), number(-nearest->audible(), 1));
  const auto heard = std::ranges::count_if(risk.bands, [](const auto& band) { return band.audible() >= 0; });
  return tr("With speech at %1 dB SPL it is over the threshold of hearing in %2 of %3 bands, most at %4 Hz: "
            "%5 dB.")
      .arg(number(risk.speech_level, 0))
      .arg(heard)
      .arg(risk.bands.size())
      .arg(hertz(nearest->centre), number(nearest->audible(), 1));
}

QString risen(const NoiseRisk& risk) {
  double plan = -HUGE_VAL, bf16 = -HUGE_VAL, other = -HUGE_VAL;
  for (const auto& band : risk.bands) {
    if (!band.marked) continue;
    plan = std::max(plan, band.plan - band.reference);
    bf16 = std::max(bf16, band.bf16 - band.reference);
    other = std::max(other, band.other_noise - band.reference);
  }
  return tr("Between 1 and 4 kHz, where ears are keenest, the plan's floor is at most %1 dB over fp32's, "
            "bf16's %2 dB, another draw of noise %3 dB.")
      .arg(number(plan, 1), number(bf16, 1), number(other, 1));
}

}  // namespace

RiskPicture picture_of(const StepsRisk& risk) {
  RiskPicture picture;
  picture.plots = {plot_of(risk.courses)};
  for (const auto& course : risk.courses)
    if (course.steps == 10)
      picture.findings << tr("By ten steps the plan ends %1 off, every layer in bf16 %2.")
                              .arg(percent(course.plan.back()), percent(course.bf16.back()));
  if (!risk.windows.empty()) {
    picture.plots.push_back(plot_of(risk.windows));
    picture.findings << where_it_matters(risk.windows);
  }
  if (!risk.guidance.empty()) picture.plots.push_back(plot_of(risk.guidance));
  picture.findings << amplified(risk.guidance);
  picture.blame_title = tr("Parts of the flow, by the error of the mel that each makes alone");
  picture.blamed = blames(risk.blamed);
  picture.nobody = tr("The plan rounds nothing of the flow.");
  return picture;
}

RiskPicture picture_of(const IstftRisk& risk) {
  RiskPicture picture;
  const auto over = [](double plan, double bf16) { return bf16 > 0 ? plan / bf16 : std::nan(""); };
  const auto& [plan, bf16] = std::pair(risk.plan, risk.bf16);
  auto plot = bars({tr("before conv_post"), tr("log magnitude"), tr("phase"), tr("waveform")},
                   {over(plan.before, bf16.before), over(plan.magnitude, bf16.magnitude),
                    over(plan.phase, bf16.phase), over(plan.waveform, bf16.waveform)},
                   {1, 1, 1, 1});
  plot.title = tr("To the waveform");
  plot.caption =
      tr("Errors of the vocoder's end, given fp32's mel and source: how many times those of every layer in "
         "bf16.");
  plot.y.label = tr("times bf16's");
  plot.heads = {tr("Error"), tr("plan"), QStringLiteral("bf16")};
  const auto decibels = [](double value) { return with_unit(number(value, 4), "dB"); };
  const auto radians = [](double value) { return with_unit(number(value, 4), "rad"); };
  plot.rows = {{tr("before conv_post"), percent(plan.before), percent(bf16.before)},
               {tr("log magnitude"), decibels(plan.magnitude), decibels(bf16.magnitude)},
               {tr("phase"), radians(plan.phase), radians(bf16.phase)},
               {tr("waveform"), percent(plan.waveform), percent(bf16.waveform)}};
  picture.plots = {plot};
  picture.findings
      << tr("The waveform is %1 off, by every layer in bf16 %2.")
             .arg(percent(plan.waveform), percent(bf16.waveform))
      << tr("The last layer and the inverse STFT make an error %1 times as great, in bf16 %2 times.")
             .arg(number(plan.amplification(), 2), number(bf16.amplification(), 2));
  picture.blame_title = tr("Parts of the vocoder, by the error of the waveform that each makes alone");
  picture.blamed = blames(risk.blamed);
  picture.nobody = tr("The plan rounds nothing of the vocoder.");
  for (const auto& [clip, seconds, error] : risk.worst)
    picture.moments.push_back({clip, seconds, percent(error)});
  return picture;
}

RiskPicture picture_of(const NoiseRisk& risk) {
  RiskPicture picture;
  RiskPlot plot{
      tr("In pauses"),
      tr("Level in pauses by thirds of an octave, against the threshold of hearing in quiet. Shaded: 1 to 4 "
         "kHz, where ears are keenest."),
      {QStringLiteral("Hz"), true},
      {QStringLiteral("dB SPL")},
      {},
      {},
      {QStringLiteral("Hz"), tr("plan"), QStringLiteral("fp32"), QStringLiteral("bf16"), tr("other noise"),
       tr("threshold"), tr("plan over it")},
      {}};
  std::vector<double> centres;
  centres.reserve(risk.bands.size());
  for (const auto& band : risk.bands) centres.push_back(band.centre);
  const auto add = [&](const QString& name, RiskRole role, double NoiseRisk::Band::*level) {
    std::vector<double> levels;
    levels.reserve(risk.bands.size());
    for (const auto& band : risk.bands) levels.push_back(band.*level);
    plot.series.push_back({name, role, RiskSeries::Form::line, centres, levels});
  };
  add(tr("threshold of hearing"), RiskRole::limit, &NoiseRisk::Band::threshold);
  add(tr("other noise"), RiskRole::other, &NoiseRisk::Band::other_noise);
  add(QStringLiteral("fp32"), RiskRole::reference, &NoiseRisk::Band::reference);
  add(tr("the plan"), RiskRole::plan, &NoiseRisk::Band::plan);
  add(QStringLiteral("bf16"), RiskRole::floor, &NoiseRisk::Band::bf16);
  for (const auto& band : risk.bands) {
    if (band.marked && plot.marked.empty()) plot.marked.emplace_back(band.centre, band.centre);
    if (band.marked) plot.marked.front().second = band.centre;
    plot.rows << QStringList{number(band.centre, 0),   number(band.plan, 1),        number(band.reference, 1),
                             number(band.bf16, 1),     number(band.other_noise, 1), number(band.threshold, 1),
                             number(band.audible(), 1)};
  }
  plot.quoted_row = static_cast<int>(nearest_to_threshold(risk) - risk.bands.begin());
  picture.plots = {plot};
  picture.findings << audibility(risk) << risen(risk);
  picture.nobody = tr("Noise in pauses is all layers' together: no part is looked at alone.");
  return picture;
}

}  // namespace octet::ui::risk_words
