#include "ui/measures/selection_scores.h"

#include <QLocale>
#include <algorithm>
#include <cmath>
#include <span>

#include "core/metrics/table.h"
#include "ui/language/announce.h"
#include "ui/language/sentences.h"
#include "ui/measures/measure_names.h"
#include "ui/measures/scored_run.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

/// Such as mean something over a syllable.
constexpr std::array kMeasures{"log_spectral_distance", "segmental_snr", "level_difference"};

std::span<const float> part(const Run& run, const TimeSpan& span) {
  const auto& all = run.synthesis.waveform;
  const auto sample = [&](double seconds) {
    return static_cast<std::size_t>(
        std::clamp(std::round(seconds * kSampleRate), 0.0, static_cast<double>(all.size())));
  };
  return std::span(all).subspan(sample(span.begin), sample(span.end) - sample(span.begin));
}

QString sentence(const Excerpt& excerpt) {
  const QLocale locale;
  const auto reference = part(*excerpt.reference, excerpt.span);
  QStringList said;
  for (const auto* id : kMeasures) {
    const auto& measure = measure_called(id);
    const auto of = [&](const Run& run) {
      const auto text = value_text(measure, measure.compute(reference, part(run, excerpt.span), kSampleRate));
      return QStringLiteral("%1&nbsp;%2").arg(text, QString::fromUtf8(measure.unit.data()));
    };
    const auto name = short_name(measure), score = of(*excerpt.test);
    said << (excerpt.other_take
                 ? SelectionScores::tr("%1 %2 (other noise %3)").arg(name, score, of(*excerpt.other_take))
                 : QStringLiteral("%1 %2").arg(name, score));
  }
  return SelectionScores::tr("<b>%1 to %2 s alone:</b> %3")
      .arg(locale.toString(excerpt.span.begin, 'f', 2), locale.toString(excerpt.span.end, 'f', 2),
           listed(said));
}

}  // namespace

SelectionScores::SelectionScores(JobRunner& lane, QWidget* parent) : QLabel(parent), lane_(lane) {
  setObjectName("selectionScores");
  setTextFormat(Qt::RichText);
  setTextInteractionFlags(Qt::TextSelectableByMouse);
  setWordWrap(true);
  setMargin(kSpacing);
  hide();
}

void SelectionScores::setExcerpt(const std::optional<Excerpt>& excerpt) {
  if (excerpt == excerpt_) return;
  excerpt_ = excerpt;
  if (job_) lane_.cancel(*job_);
  job_.reset();
  setVisible(excerpt_.has_value());
  if (!excerpt_) return;
  setText(tr("Measuring what is selected…"));
  job_ = lane_.run(
      tr("Measuring what is selected"), this,
      [excerpt = *excerpt_](const JobControl&) { return sentence(excerpt); },
      [this, excerpt = *excerpt_](const QString& text) {
        if (excerpt == excerpt_) announce(*this, text);
      });
}

}  // namespace octet::ui
