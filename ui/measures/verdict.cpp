#include "ui/measures/verdict.h"

#include <QLocale>
#include <algorithm>
#include <cmath>
#include <functional>

#include "core/study/bootstrap.h"
#include "ui/language/sentences.h"
#include "ui/language/symbols.h"
#include "ui/language/tr.h"
#include "ui/measures/measure_names.h"

namespace octet::ui {
namespace {

constexpr std::size_t kMostNamed = 3;

/// "Voice (0.9907, other noise 0.9952, bf16 0.9971)"; bf16 may be beyond other noise, too.
QString beside_floors(const ScoredMeasure& scored) {
  const auto floor = [&](unsigned i) {
    return i < scored.floors.size() ? value_text(*scored.measure, scored.floors[i]) : QStringLiteral("–");
  };
  const bool as_bf16 = scored.floors.size() > 1 &&
                       badness(*scored.measure, scored.value) <= badness(*scored.measure, scored.floors[1]);
  return (as_bf16 ? tr("%1 (%2, other noise %3; bf16 alone does the same: %4)")
                  : tr("%1 (%2, other noise %3, bf16 %4)"))
      .arg(short_name_with_unit(*scored.measure), value_text(*scored.measure, scored.value), floor(0),
           floor(1));
}

using Said = QString(const ScoredMeasure&);

template <typename Chosen>
QString named(const ScoredRun& run, const Chosen& chosen, Said* said) {
  QStringList names;
  int others = 0;
  for (const auto& scored : run.measures) {
    if (!std::invoke(chosen, scored) || !scored.judged()) continue;
    if (names.size() < qsizetype(kMostNamed))
      names << said(scored);
    else
      ++others;
  }
  if (others > 0) names << tr("%n more", nullptr, others);
  return listed(names);
}

auto stands(Standing standing) {
  return [standing](const ScoredMeasure& scored) { return scored.standing == standing; };
}

/// Worse than bf16 against fp32, but not told from another take.
bool is_between(const ScoredMeasure& scored) {
  return scored.standing == Standing::between || scored.standing == Standing::untold;
}

QString name_of(const ScoredMeasure& scored) { return short_name(*scored.measure); }

/// Worse than the other take, and not by so much that it could not be chance.
QString what_is_untold(const ScoredRun& run) {
  const auto names = named(run, stands(Standing::untold), name_of);
  return names.isEmpty()
             ? QString()
             : tr("Worse than the other take, perhaps by chance, which one clip cannot tell: %1.").arg(names);
}

/// By which measures takes are further apart than what is heard.
QString what_cannot_be_told(const Judgement& judgement) {
  QStringList names;
  for (const auto& finding : judgement.findings)
    if (finding.cannot_tell) names << short_name(measure_called(finding.measure));
  return names.isEmpty() ? QString()
                         : tr("Other takes differ too much by %1 for it to tell.").arg(listed(names));
}

QString where(const std::vector<double>& moments) {
  constexpr std::size_t kMost = 2;
  QStringList places;
  for (std::size_t i = 0; i < std::min(moments.size(), kMost); ++i) places << with_unit(moments[i], 2, "s");
  return listed(places);
}

/// Chance is said where it may have spoken.
QString false_alarms() {
  return tr("Chance alone says that of about %1 % of clips.").arg(QLocale().toString(100 * kFalseAlarms));
}

QString broken_by(const Judgement& judgement) {
  QStringList names;
  for (const auto& finding : judgement.findings) {
    if (finding.verdict != octet::Verdict::broken) continue;
    const auto& measure = measure_called(finding.measure);
    names << tr("%1 (%2 worse than other noise)")
                 .arg(short_name_with_unit(measure), value_text(measure, finding.worse));
  }
  return listed(names);
}

}  // namespace

Conclusion verdict_of(const ScoredRun& run, const std::vector<double>& moments) {
  if (run.measures.empty()) return {};
  const int beyond = run.count(Standing::beyond), untold = run.count(Standing::untold);
  const int between = run.count(Standing::between) + untold;
  const int judged = beyond + between + run.count(Standing::within);
  if (judged == 0)
    return {Standing::unknown, tr("No verdict: there are no floors to hold these numbers against.")};
  const auto places = where(moments);
  const auto listen = places.isEmpty() ? QString() : tr("Listen at %1.").arg(places);
  const auto largest = places.isEmpty() ? QString() : tr("It is largest at %1.").arg(places);
  if (beyond > 0)
    return {Standing::beyond,
            sentences({tr("%1 differs from %2 by more than another take would, in %3 of %n measures: %4.",
                          nullptr, judged)
                           .arg(run.name, run.reference)
                           .arg(beyond)
                           .arg(named(run, stands(Standing::beyond), beside_floors)),
                       what_is_untold(run), listen, false_alarms()})};
  if (between > 0)
    return {
        untold > 0 ? Standing::untold : Standing::between,
        sentences({tr("%1 differs from %2 by no more than another take might, in all %n measures; by more "
                      "than bf16 does in %3: %4.",
                      nullptr, judged)
                       .arg(run.name, run.reference)
                       .arg(between)
                       .arg(named(run, is_between, name_of)),
                   what_is_untold(run), largest})};
  return {Standing::within,
          tr("%1 differs from %2 by no more than bf16 from fp32, in all %n measures.", nullptr, judged)
              .arg(run.name, run.reference)};
}

Conclusion verdict_of_all(const QString& run, const Judgement& judgement, const JudgedClips& clips,
                          double error) {
  if (clips.count == 0) return {};
  if (clips.count < kFewestClips)
    return {Standing::unknown,
            tr("%1: no verdict yet. %2 of the %n clips that it takes are measured: synthesize all.", nullptr,
               kFewestClips)
                .arg(run)
                .arg(clips.count)};
  const auto chance = QLocale().toString(100 * error);
  const auto over = tr("%1 over %n clips (%2 steps, noise seed %3)", nullptr, clips.count)
                        .arg(run)
                        .arg(clips.steps)
                        .arg(clips.seed);
  switch (judgement.verdict) {
    case octet::Verdict::no_audible_change:
      return {Standing::within,
              sentences({tr("%1: no audible change (at most %2 % chance of error).").arg(over, chance),
                         what_cannot_be_told(judgement)})};
    case octet::Verdict::broken:
      return {
          Standing::beyond,
          tr("%1: broken (at most %2 % chance of error), by %3.").arg(over, chance, broken_by(judgement))};
    case octet::Verdict::listen: break;
  }
  return {Standing::between, tr("%1: listen. It is neither surely inaudible nor surely broken.").arg(over)};
}

}  // namespace octet::ui
