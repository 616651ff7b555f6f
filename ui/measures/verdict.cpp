#include "ui/measures/verdict.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <functional>

#include "core/study/bootstrap.h"
#include "ui/measures/measure_names.h"

namespace octet::ui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("octet::ui::Verdict", text); }

constexpr std::size_t kMostNamed = 3;

/// "Voice (0.9907, other noise 0.9952, bf16 0.9971)": bf16 may be beyond other noise, too.
QString beside_floors(const ScoredMeasure& scored) {
  const auto floor = [&](std::size_t i) {
    return value_text(*scored.measure, i < scored.floors.size() ? scored.floors[i] : std::nan(""));
  };
  return tr("%1 (%2, other noise %3, bf16 %4)")
      .arg(short_name_with_unit(*scored.measure), value_text(*scored.measure, scored.value), floor(0),
           floor(1));
}

template <typename Chosen>
QString listed(const ScoredRun& run, const Chosen& chosen, QString (*said)(const ScoredMeasure&)) {
  QStringList names;
  std::size_t others = 0;
  for (const auto& scored : run.measures) {
    if (!std::invoke(chosen, scored) || !scored.judged()) continue;
    if (names.size() < qsizetype(kMostNamed))
      names << said(scored);
    else
      ++others;
  }
  if (others > 0)
    names << QCoreApplication::translate("octet::ui::Verdict", "%n more", nullptr, static_cast<int>(others));
  return names.join(QStringLiteral(", "));
}

auto stands(Standing standing) {
  return [standing](const ScoredMeasure& scored) { return scored.standing == standing; };
}

QString name_of(const ScoredMeasure& scored) { return short_name(*scored.measure); }

/// Worse than the other take, and not by so much that it could not be chance.
QString what_is_untold(const ScoredRun& run) {
  const auto names = listed(run, &ScoredMeasure::untold, name_of);
  return names.isEmpty()
             ? QString()
             : tr(" One clip cannot tell by %1: worse than the other take, perhaps by chance.").arg(names);
}

/// By which measures takes are further apart than what is heard.
QString what_cannot_be_told(const Judgement& judgement) {
  QStringList names;
  for (const auto& finding : judgement.findings)
    if (finding.cannot_tell) names << short_name(measure_called(finding.measure));
  return names.isEmpty()
             ? QString()
             : tr(" Other takes differ too much by %1 for it to tell.").arg(names.join(QStringLiteral(", ")));
}

QString where_to_listen(const std::vector<double>& moments) {
  constexpr std::size_t kMost = 2;
  QStringList places;
  for (std::size_t i = 0; i < std::min(moments.size(), kMost); ++i)
    places << tr("%1 s").arg(QLocale().toString(moments[i], 'f', 2));
  return places.isEmpty() ? QString() : tr(" Listen at %1.").arg(places.join(tr(" and ")));
}

/// Chance is said where it may have spoken.
QString false_alarms() {
  return tr(" Chance alone says that of about %1 % of clips.").arg(QLocale().toString(100 * kFalseAlarms));
}

QString broken_by(const Judgement& judgement) {
  QStringList names;
  for (const auto& finding : judgement.findings) {
    if (finding.verdict != octet::Verdict::broken) continue;
    const auto& measure = measure_called(finding.measure);
    names << tr("%1 (%2 worse than other noise)")
                 .arg(short_name_with_unit(measure), value_text(measure, finding.worse));
  }
  return names.join(QStringLiteral(", "));
}

}  // namespace

Conclusion verdict_of(const ScoredRun& run, const std::vector<double>& moments) {
  if (run.measures.empty()) return {};
  const int beyond = run.count(Standing::beyond), between = run.count(Standing::between);
  const int judged = beyond + between + run.count(Standing::within);
  if (judged == 0)
    return {Standing::unknown, tr("No verdict: there are no floors to hold these numbers against.")};
  if (beyond > 0)
    return {Standing::beyond,
            tr("%1 differs from %2 by more than another take would, in %3 of %4 measures: %5.")
                    .arg(run.name, run.reference)
                    .arg(beyond)
                    .arg(judged)
                    .arg(listed(run, stands(Standing::beyond), beside_floors)) +
                where_to_listen(moments) + false_alarms()};
  if (between > 0)
    return {Standing::between,
            tr("%1 differs from %2 by no more than another take might, in all %3 measures; by more than bf16 "
               "does in %4: %5.")
                    .arg(run.name, run.reference)
                    .arg(judged)
                    .arg(between)
                    .arg(listed(run, stands(Standing::between), name_of)) +
                what_is_untold(run) + where_to_listen(moments)};
  return {Standing::within, tr("%1 differs from %2 by no more than bf16 from fp32, in all %3 measures.")
                                .arg(run.name, run.reference)
                                .arg(judged)};
}

Conclusion verdict_of_all(const QString& run, const Judgement& judgement, const JudgedClips& clips,
                          double error) {
  if (clips.count == 0) return {};
  if (clips.count < kFewestClips)
    return {Standing::unknown,
            tr("%1: no verdict yet. %2 of the %3 clips that it takes are measured: synthesize all.")
                .arg(run)
                .arg(clips.count)
                .arg(kFewestClips)};
  const auto sure = tr(" (at most %1 % chance of error)").arg(QLocale().toString(100 * error));
  const auto over =
      tr("%1 over %2 clips (%3 steps, seed %4)").arg(run).arg(clips.count).arg(clips.steps).arg(clips.seed);
  switch (judgement.verdict) {
    case octet::Verdict::no_audible_change:
      return {Standing::within,
              tr("%1: no audible change%2.").arg(over, sure) + what_cannot_be_told(judgement)};
    case octet::Verdict::broken:
      return {Standing::beyond, tr("%1: broken%2, by %3.").arg(over, sure, broken_by(judgement))};
    case octet::Verdict::listen: break;
  }
  return {Standing::between, tr("%1: listen. It is neither surely inaudible nor surely broken.").arg(over)};
}

}  // namespace octet::ui
