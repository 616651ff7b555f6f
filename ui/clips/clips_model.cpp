#include "ui/clips/clips_model.h"

#include "ui/measures/measure_names.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

QString sign_of(ClipLine::State state) {
  switch (state) {
    case ClipLine::State::unspoken: return QStringLiteral("○");
    case ClipLine::State::outdated: return QStringLiteral("◐");
    case ClipLine::State::spoken: break;
  }
  return QStringLiteral("●");
}

/// What a report knows it by (clip_called).
std::string reported_as(const ClipLine& clip) { return clip.name.toStdString(); }

QString words_of(ClipLine::State state) {
  switch (state) {
    case ClipLine::State::unspoken: return ClipsModel::tr("not spoken yet");
    case ClipLine::State::outdated: return ClipsModel::tr("spoken before the last change");
    case ClipLine::State::spoken: break;
  }
  return ClipsModel::tr("spoken");
}

}  // namespace

WorstMeasure worst_measure(const std::vector<ScoredRun>& runs) {
  WorstMeasure worst;
  for (const auto& run : runs)
    for (const auto& scored : run.measures)
      if (scored.judged() && std::pair(scored.standing, scored.used) > std::pair(worst.standing, worst.used))
        worst = {QStringLiteral("%1 %2").arg(short_name(*scored.measure),
                                             value_text(*scored.measure, scored.value)),
                 scored.standing, scored.used};
  return worst;
}

void ClipsModel::setClips(const std::vector<ClipLine>& clips) {
  beginResetModel();
  clips_ = clips;
  endResetModel();
}

void ClipsModel::setLine(int row, const ClipLine& line) {
  auto& known = clips_.at(static_cast<std::size_t>(row));
  if (known == line) return;
  known = line;
  Q_EMIT dataChanged(index(row, 0), index(row, kColumns - 1));
}

void ClipsModel::setReport(const Report& report) {
  beginResetModel();
  worst_.clear();
  for (const auto& clip : report.clips) worst_[clip.name] = worst_measure(scored_runs(report, clip));
  endResetModel();
}

void ClipsModel::setWorst(const std::string& clip, const WorstMeasure& worst) {
  worst_[clip] = worst;
  for (int row = 0; row < rowCount(); ++row)
    if (reported_as(clips_[static_cast<std::size_t>(row)]) == clip)
      Q_EMIT dataChanged(index(row, kWorst), index(row, kWorst));
}

int ClipsModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(clips_.size());
}

int ClipsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : kColumns; }

QVariant ClipsModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const auto& clip = clips_.at(static_cast<std::size_t>(index.row()));
  const auto found = worst_.find(reported_as(clip));
  const bool measured = found != worst_.end() && found->second.standing != Standing::unknown;
  const auto* worst = measured ? &found->second : nullptr;
  const auto standing = worst ? worst->standing : Standing::unknown;
  const auto name = clip.tags.isEmpty() ? clip.name : tr("%1 (%2)").arg(clip.name, clip.tags);
  switch (role) {
    case Qt::DisplayRole:
      if (index.column() == kName) return sign_of(clip.state) + QStringLiteral("  ") + clip.name;
      if (index.column() == kText) return clip.text;
      return worst ? sign(standing) + QStringLiteral(" ") + worst->text : QString();
    case Qt::ToolTipRole:
      return tr("%1: %2.%3")
          .arg(name, words_of(clip.state),
               clip.text.isEmpty() ? QString() : tr("\nWhat is said: %1").arg(clip.text));
    case Qt::AccessibleTextRole:
      if (index.column() == kName) return tr("%1: %2").arg(name, words_of(clip.state));
      return index.column() == kText ? clip.text
             : worst                 ? tr("%1, %2").arg(worst->text, words(standing))
                                     : tr("not measured");
    case Qt::ForegroundRole:
      if (index.column() == kText) return colours().muted;
      return index.column() == kWorst && worst ? QVariant(colour(standing)) : QVariant();
    default: return {};
  }
}

QVariant ClipsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  return section == kName ? tr("Clip") : section == kWorst ? tr("Worst") : tr("What is said");
}

}  // namespace octet::ui
