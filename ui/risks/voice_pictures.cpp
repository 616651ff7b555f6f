// Of the risks to a voice: its curves, who speaks, how high.

#include <QRegularExpression>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/risks/risk_words.h"

namespace octet::ui::risk_words {
namespace {

constexpr double kFramesPerSecond = 50;

QString named(const std::string& layer, int channel) {
  return tr("%1, channel %2").arg(QString::fromStdString(layer)).arg(channel);
}

/// A curve is thousands of times as large as what rounding makes of it: that is what is shown.
RiskPlot plot_of(const SnakeRisk::Curve& curve, std::size_t place) {
  const auto off = [&](const std::vector<double>& rounded) {
    std::vector<double> difference;
    difference.reserve(rounded.size());
    for (std::size_t i = 0; i < rounded.size(); ++i) difference.push_back(rounded[i] - curve.exact[i]);
    return difference;
  };
  return {tr("Change %1").arg(place + 1),
          tr("%1: what its curve gives with alpha rounded, less what it gives exactly.")
              .arg(named(curve.layer, curve.channel)),
          {tr("input x")},
          {tr("rounded - exact")},
          {{tr("int8, which no plan may ask for"), RiskRole::other, RiskSeries::Form::line, curve.x,
            off(curve.int8)},
           {tr("the plan"), RiskRole::plan, RiskSeries::Form::line, curve.x, off(curve.plan)},
           {QStringLiteral("bf16"), RiskRole::floor, RiskSeries::Form::line, curve.x, off(curve.bf16)}}};
}

RiskPlot curve_of(const SnakeRisk::Curve& curve) {
  return {
      tr("Curve"),
      tr("%1: the curve itself, exact and with alpha rounded. It is the channel that changes most.")
          .arg(named(curve.layer, curve.channel)),
      {tr("input x")},
      {QStringLiteral("x + sin²(αx) / α")},
      {{tr("exact"), RiskRole::reference, RiskSeries::Form::line, curve.x, curve.exact},
       {tr("int8, which no plan may ask for"), RiskRole::other, RiskSeries::Form::line, curve.x, curve.int8},
       {tr("the plan"), RiskRole::plan, RiskSeries::Form::line, curve.x, curve.plan},
       {QStringLiteral("bf16"), RiskRole::floor, RiskSeries::Form::line, curve.x, curve.bf16}}};
}

RiskPlot plot_of(const std::vector<SpeakerRisk::Encoder>& encoders) {
  RiskPlot plot{
      tr("Cosines"),
      tr("Cosines of embeddings, encoder by encoder: with fp32's of the same sound, and of pairs of "
         "clips. Between pairs of one speaker and of two lies the margin that tells them apart."),
      {tr("speaker encoder")},
      {tr("cosine")},
      {},
      {},
      {tr("Encoder"), tr("with fp32's"), tr("lowest"), tr("one speaker"), tr("two"), tr("margin")},
      {}};
  std::vector<double> places, lowest, same, other;
  for (const auto& encoder : encoders) {
    const auto place = static_cast<double>(places.size());
    const auto name = QString::fromStdString(encoder.name);
    plot.x.names.emplace_back(place, name);
    places.push_back(place);
    lowest.push_back(encoder.lowest);
    same.push_back(encoder.same_speaker);
    other.push_back(encoder.other_speaker);
    plot.rows << QStringList{name,
                             number(encoder.cosine, 5),
                             number(encoder.lowest, 5),
                             number(encoder.same_speaker, 4),
                             number(encoder.other_speaker, 4),
                             number(encoder.margin(), 4)};
  }
  using Form = RiskSeries::Form;
  plot.series = {{tr("with fp32's, lowest"), RiskRole::plan, Form::dots, places, lowest, 0},
                 {tr("one speaker, lowest"), RiskRole::reference, Form::dots, places, same, 1},
                 {tr("two speakers, highest"), RiskRole::limit, Form::dots, places, other, 2}};
  return plot;
}

QString margins(const SpeakerRisk& risk) {
  if (risk.same_pairs == 0 || risk.other_pairs == 0)
    return tr("The margin between speakers needs clips of a reference set: two of one speaker, and one of "
              "another. These are %1 pairs of one speaker, %2 of two.")
        .arg(risk.same_pairs)
        .arg(risk.other_pairs);
  const auto& exact = risk.encoders.front();
  const auto& plan = risk.encoders.back();
  return tr("Over %1 sounds, the set's: %2 pairs of one speaker are at least %3 alike, %4 of two at most %5: "
            "a margin of %6, by fp32 %7.")
      .arg(risk.sounds)
      .arg(risk.same_pairs)
      .arg(number(plan.same_speaker, 3))
      .arg(risk.other_pairs)
      .arg(number(plan.other_speaker, 3), number(plan.margin(), 3), number(exact.margin(), 3));
}

RiskPlot plot_of(const PitchRisk::Course& course) {
  std::vector<double> seconds;
  seconds.reserve(course.hertz.size());
  for (std::size_t i = 0; i < course.hertz.size(); ++i)
    seconds.push_back((static_cast<double>(i) + 0.5) / kFramesPerSecond);
  return {tr("Over time"),
          tr("%1: how far f0 as predicted is from what fp32 predicts of the same mel, where both are voiced.")
              .arg(QString::fromStdString(course.clip)),
          {tr("seconds")},
          {tr("cents")},
          {{tr("the plan"), RiskRole::plan, RiskSeries::Form::line, seconds, course.plan},
           {QStringLiteral("bf16"), RiskRole::floor, RiskSeries::Form::line, seconds, course.bf16}}};
}

RiskPlot waveforms_of(const PitchRisk& risk) {
  const QStringList names{tr("source of its own f0"), tr("fp32's source")};
  auto plot = bars(names, {100 * risk.plan.own_source, 100 * risk.plan.fp32_source},
                   {100 * risk.bf16.own_source, 100 * risk.bf16.fp32_source});
  plot.title = tr("Vocoder");
  plot.caption =
      tr("How far the waveform of the vocoder alone is off, made of fp32's mel with the source that its own "
         "f0 gives, and with fp32's injected: what lies between is f0's doing.");
  plot.y.label = tr("error of the waveform, %");
  plot.heads = {tr("Error"), tr("plan"), QStringLiteral("bf16")};
  plot.rows = {{names[0], percent(risk.plan.own_source), percent(risk.bf16.own_source)},
               {names[1], percent(risk.plan.fp32_source), percent(risk.bf16.fp32_source)},
               {tr("f0 as predicted, cents"), number(risk.plan.cents, 2), number(risk.bf16.cents, 2)},
               {tr("voiced in one only"), percent(risk.plan.voicing), percent(risk.bf16.voicing)}};
  return plot;
}

/// Where f0 is furthest off; none where nothing is voiced in both.
QString furthest(const PitchRisk::Course& course) {
  const auto& cents = course.plan;
  const auto off = [](double value) { return std::isfinite(value) ? std::abs(value) : -1; };
  const auto most = std::ranges::max_element(cents, {}, off);
  if (most == cents.end() || !std::isfinite(*most)) return {};
  const double seconds = (static_cast<double>(most - cents.begin()) + 0.5) / kFramesPerSecond;
  return tr("It is furthest off in %1 at %2 s: %3 cents.")
      .arg(QString::fromStdString(course.clip), number(seconds, 2), number(*most, 1));
}

/// All parts of the f0 predictor are one place in the model: what differs is which of its convolutions.
std::vector<RiskBlame> blamed_convolutions(const PitchRisk& risk) {
  static const QRegularExpression convolution(QStringLiteral("condnet\\.(\\d+)$"));
  auto blamed = blames(risk.blamed);
  for (auto& blame : blamed)
    if (const auto found = convolution.match(QString::fromStdString(blame.part)); found.hasMatch())
      blame.words = tr("convolution %1").arg(found.captured(1).toInt() / 2 + 1);  // an ELU after each
  return blamed;
}

}  // namespace

RiskPicture picture_of(const SnakeRisk& risk) {
  RiskPicture picture;
  for (std::size_t i = 0; i < risk.curves.size(); ++i) picture.plots.push_back(plot_of(risk.curves[i], i));
  if (!risk.curves.empty()) picture.plots.push_back(curve_of(risk.curves.front()));
  picture.findings << tr("Rounding alpha changes what one of %n channels gives by %1 at most, in bf16 by "
                         "%2.",
                         nullptr, risk.channels)
                          .arg(percent(risk.largest.plan), percent(risk.largest.bf16))
                   << tr("In the mean it is %1, in bf16 %2. Eight bits would make it %3, and %4 at most.")
                          .arg(percent(risk.mean.plan), percent(risk.mean.bf16), percent(risk.mean.int8),
                               percent(risk.largest.int8));
  picture.blame_title = tr("Channels that change most, by the error of what each gives");
  for (const auto& channel : risk.worst)
    picture.blamed.push_back({channel.layer,
                              tr("channel %1: alpha %2, not %3")
                                  .arg(channel.channel)
                                  .arg(number(channel.rounded.plan, 4), number(channel.alpha, 4)),
                              percent(channel.error.plan)});
  picture.nobody = tr("There is no Snake in this model.");
  return picture;
}

RiskPicture picture_of(const SpeakerRisk& risk) {
  RiskPicture picture;
  picture.blame_title = tr("Parts of the speaker encoder, by 1 - cosine that each makes alone");
  picture.blamed = blames(risk.blamed);
  picture.nobody = tr("The plan rounds nothing of the speaker encoder.");
  if (risk.encoders.empty()) return picture;
  picture.plots = {plot_of(risk.encoders)};
  const auto& plan = risk.encoders.back();
  picture.findings
      << tr("The plan's encoder hears the voice as fp32's does: cosine %1 in the mean, %2 at worst.")
             .arg(number(plan.cosine, 5), number(plan.lowest, 5))
      << margins(risk)
      << tr("What the plan says sounds as fp32's voice does: cosine %1 in the voice that comes with the "
            "clip, %2 in the one that the plan takes anew.")
             .arg(number(risk.cached, 4), number(risk.fresh, 4));
  return picture;
}

RiskPicture picture_of(const PitchRisk& risk) {
  RiskPicture picture;
  picture.plots = {plot_of(risk.course), waveforms_of(risk)};
  picture.findings << tr("f0 as predicted from fp32's mel is %1 cents off (root mean square), in bf16 %2; %3 "
                         "of frames are "
                         "voiced in one only.")
                          .arg(number(risk.plan.cents, 1), number(risk.bf16.cents, 1),
                               percent(risk.plan.voicing));
  if (const auto most = furthest(risk.course); !most.isEmpty()) picture.findings << most;
  picture.findings
      << tr("The vocoder alone, given fp32's mel, makes a waveform that is %1 off; given fp32's source too, "
            "%2, "
            "which is what its own weights do.")
             .arg(percent(risk.plan.own_source), percent(risk.plan.fp32_source))
      << tr("Scores and Steps are of the whole plan, whose flow makes another mel: their pitch is tracked in "
            "the sound.");
  picture.blame_title = tr("Parts of the f0 predictor, by the error of f0 that each makes alone");
  picture.blamed = blamed_convolutions(risk);
  picture.nobody = tr("The plan rounds nothing of the f0 predictor.");
  return picture;
}

}  // namespace octet::ui::risk_words
