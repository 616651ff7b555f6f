#include "ui/clips/clip_means.h"

#include <QStringList>

#include "core/metrics/interval.h"
#include "ui/clips/clips_panel.h"
#include "ui/measures/measure_names.h"

namespace octet::ui {
namespace {

/// Of fewer an interval is as wide as anything.
constexpr int kFewestClips = 3;

QString mean_text(std::string_view key, const std::map<std::string, double>& numbers) {
  std::vector<double> values;
  values.reserve(numbers.size());
  for (const auto& [clip, value] : numbers) values.push_back(value);
  const auto& measure = measure_called(key);
  const auto mean = mean_with_interval(values);
  const auto name = short_name_with_unit(measure), value = value_text(measure, mean.value);
  if (!mean.half_width || mean.count < kFewestClips) return QStringLiteral("%1 %2").arg(name, value);
  return QStringLiteral("%1 %2 ± %3").arg(name, value, value_text(measure, *mean.half_width));
}

}  // namespace

void ClipMeans::take(const std::string& clip, const std::vector<ScoredRun>& runs) {
  clips_.insert(clip);
  for (auto& [run, known] : runs_)
    for (auto& numbers : known.numbers) numbers.erase(clip);
  for (const auto& run : runs) {
    auto& known = runs_[run.run];
    known.name = run.name;
    for (std::size_t key = 0; key < kKeys.size(); ++key)
      if (const auto* found = run.find(kKeys.at(key))) known.numbers.at(key)[clip] = found->value;
  }
}

QString ClipMeans::text() const {
  QStringList lines;
  for (const auto& [run, known] : runs_) {
    QStringList parts;
    for (std::size_t key = 0; key < kKeys.size(); ++key)
      if (const auto& numbers = known.numbers.at(key); !numbers.empty())
        parts << mean_text(kKeys.at(key), numbers);
    if (!parts.isEmpty())
      lines << ClipsPanel::tr("%1, mean of %n clips: %2", nullptr, static_cast<int>(clips_.size()))
                   .arg(known.name, parts.join(";  "));
  }
  return lines.join('\n');
}

}  // namespace octet::ui
