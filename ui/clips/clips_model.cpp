#include "ui/clips/clips_model.h"

#include <algorithm>

#include "ui/language/symbols.h"
#include "ui/measures/measure_names.h"
#include "ui/theme/cell_alignment.h"
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

bool measured(const WorstMeasure& worst) { return worst.standing != Standing::unknown; }

QString with_tags(const ClipLine& clip) {
  return clip.tags.isEmpty() ? clip.name : ClipsModel::tr("%1 (%2)").arg(clip.name, clip.tags);
}

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

bool ClipsModel::says(Column column) const {
  if (column != kSeconds && column != kTags && column != kText) return true;
  return std::ranges::any_of(clips_, [column](const ClipLine& clip) {
    return column == kSeconds ? clip.seconds > 0 : !(column == kTags ? clip.tags : clip.text).isEmpty();
  });
}

const WorstMeasure& ClipsModel::worstOf(const ClipLine& clip) const {
  static const WorstMeasure none;
  const auto found = worst_.find(reported_as(clip));
  return found == worst_.end() ? none : found->second;
}

QVariant ClipsModel::sortedBy(const ClipLine& clip, int column) const {
  switch (column) {
    case kState: return static_cast<int>(clip.state);
    case kName: return clip.name;
    // Worst first; of those that stand alike, the one that uses most of what it may, which has no end.
    case kWorst: {
      const auto& worst = worstOf(clip);
      return -static_cast<int>(worst.standing) - worst.used / (1 + worst.used);
    }
    case kSeconds: return clip.seconds;
    case kTags: return clip.tags;
    default: return clip.text;
  }
}

QString ClipsModel::textOf(const ClipLine& clip, int column) const {
  switch (column) {
    case kState: return sign_of(clip.state);
    case kName: return clip.name;
    case kWorst: {
      const auto& worst = worstOf(clip);
      return measured(worst) ? sign(worst.standing) + QStringLiteral(" ") + worst.text : QString();
    }
    case kSeconds: return clip.seconds > 0 ? with_unit(clip.seconds, 1, "s") : QString();
    case kTags: return clip.tags;
    default: return clip.text;
  }
}

QString ClipsModel::spokenText(const ClipLine& clip, int column) const {
  if (column == kState) return words_of(clip.state);
  if (column == kName) return tr("%1: %2").arg(with_tags(clip), words_of(clip.state));
  if (column != kWorst) return textOf(clip, column);
  const auto& worst = worstOf(clip);
  return measured(worst) ? tr("%1, %2").arg(worst.text, words(worst.standing)) : tr("not measured");
}

QVariant ClipsModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const auto& clip = clips_.at(static_cast<std::size_t>(index.row()));
  const int column = index.column();
  switch (role) {
    case kSortRole: return sortedBy(clip, column);
    case Qt::DisplayRole: return textOf(clip, column);
    case Qt::ToolTipRole:
      return tr("%1: %2.%3")
          .arg(with_tags(clip), words_of(clip.state),
               clip.text.isEmpty() ? QString() : tr("\nWhat is said: %1").arg(clip.text));
    case Qt::AccessibleTextRole: return spokenText(clip, column);
    case Qt::TextAlignmentRole: return QVariant(column == kSeconds ? kNumbers : kWords);
    case Qt::ForegroundRole:
      if (column == kWorst && measured(worstOf(clip))) return colour(worstOf(clip).standing);
      return column > kWorst ? QVariant(colours().muted) : QVariant();
    default: return {};
  }
}

QVariant ClipsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole) return QVariant(section == kSeconds ? kNumbers : kWords);
  if (role != Qt::DisplayRole && role != Qt::ToolTipRole && role != Qt::AccessibleTextRole) return {};
  switch (section) {
    case kState:
      if (role == Qt::DisplayRole) return sign_of(ClipLine::State::unspoken);
      return tr("State: ○ not spoken yet, ◐ before the last change, ● spoken");
    case kName: return tr("Clip");
    case kWorst: return tr("Worst");
    case kSeconds: return tr("Length");
    case kTags: return tr("Tags");
    default: return tr("What is said");
  }
}

}  // namespace octet::ui
