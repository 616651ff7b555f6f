#include "ui/measures/scores_model.h"

#include <QFont>
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "ui/measures/measure_names.h"
#include "ui/theme/cell_alignment.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

enum FixedColumn { kClip, kRun, kFloors, kFirstMeasure };

/// In the order of their columns: what is left out where there is no room comes last.
constexpr std::array<std::string_view, 6> kKeys{
    "speaker_cosine", "log_spectral_distance", "snr", "mel_cosine", "mr_stft", "segmental_snr"};

const Measure* key_of(int column) {
  const auto index = static_cast<std::size_t>(column - kFirstMeasure);
  return column >= kFirstMeasure && index < kKeys.size() ? &measure_called(kKeys.at(index)) : nullptr;
}

/// What the number means, beside its floors.
QString explain(const ScoredRun& run, const ScoredMeasure& scored) {
  const auto& measure = *scored.measure;
  auto lines = explained(measure);
  lines += QStringLiteral("<br>%1: %2").arg(run.name, value_text(measure, scored.value));
  for (std::size_t i = 0; i < scored.floors.size(); ++i)
    lines += QStringLiteral("<br>%1: %2")
                 .arg(floor_name(i, run.reference).toHtmlEscaped(), value_text(measure, scored.floors[i]));
  lines += QStringLiteral("<br>%1").arg(ScoresModel::tr("limit: %1").arg(limit_text(measure, scored.limit)));
  return lines + QStringLiteral("<br>%1 %2").arg(sign(scored.standing), words(scored.standing));
}

QString with_sign(const ScoredMeasure& scored) {
  return value_text(*scored.measure, scored.value) + QChar(QChar::Nbsp) + sign(scored.standing);
}

/// The worst standing of a run and how many measures have it.
std::pair<Standing, int> worst(const ScoredRun& run) {
  for (const auto standing : {Standing::beyond, Standing::untold, Standing::between, Standing::within})
    if (const int count = run.count(standing)) return {standing, count};
  return {Standing::unknown, 0};
}

QFont bold() {
  QFont font;
  font.setBold(true);
  return font;
}

}  // namespace

void ScoresModel::setReport(const Report& report) {
  beginResetModel();
  rows_ = scored_runs(report);
  std::ranges::stable_sort(rows_, std::bind_front(&ScoresModel::before, this));
  endResetModel();
}

void ScoresModel::setClip(const std::string& clip, std::vector<ScoredRun> runs) {
  for (int row = rowCount(); row-- > 0;)
    if (at(row).clip == clip) {
      beginRemoveRows({}, row, row);
      rows_.erase(rows_.begin() + row);
      endRemoveRows();
    }
  for (auto& run : runs) {
    const auto place = std::ranges::upper_bound(rows_, run, std::bind_front(&ScoresModel::before, this));
    const auto row = static_cast<int>(place - rows_.begin());
    beginInsertRows({}, row, row);
    rows_.insert(place, std::move(run));
    endInsertRows();
  }
}

/// By the column, worst first, and where that is equal as they rank; or the other way round.
bool ScoresModel::before(const ScoredRun& first, const ScoredRun& second) const {
  const auto& a = order_ == Qt::AscendingOrder ? first : second;
  const auto& b = order_ == Qt::AscendingOrder ? second : first;
  if (column_ == kClip && a.clip != b.clip) return a.clip < b.clip;
  if (column_ == kRun && a.run != b.run) return a.run < b.run;
  if (const auto* key = key_of(column_)) {
    const auto badness_of = [key](const ScoredRun& run) {
      const auto* found = run.find(key->id);
      return found ? badness(*found->measure, found->value) : -HUGE_VAL;
    };
    const double left = badness_of(a), right = badness_of(b);
    if (left != right) return left > right;
  }
  return ranks_before(a, b);
}

int ScoresModel::rowOf(const std::string& clip, int run) const {
  const auto found =
      std::ranges::find_if(rows_, [&](const auto& r) { return r.clip == clip && r.run == run; });
  return found == rows_.end() ? -1 : static_cast<int>(found - rows_.begin());
}

int ScoresModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int ScoresModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kFirstMeasure + static_cast<int>(kKeys.size());
}

QVariant ScoresModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const auto& run = at(index.row());
  const auto* key = key_of(index.column());
  if (role == Qt::TextAlignmentRole) return QVariant(key ? kNumbers : kWords);
  if (key) {
    const auto* scored = run.find(key->id);
    if (!scored) return role == Qt::DisplayRole ? QVariant(QStringLiteral("–")) : QVariant();
    if (role == Qt::DisplayRole) return with_sign(*scored);
    if (role == Qt::ForegroundRole) return colour(scored->standing);
    if (role == Qt::ToolTipRole) return explain(run, *scored);
    if (role == Qt::AccessibleTextRole) return with_sign(*scored) + ", " + words(scored->standing);
    return {};
  }
  const auto [standing, count] = worst(run);
  switch (index.column()) {
    case kClip:
      if (role == Qt::DisplayRole || role == Qt::ToolTipRole) return QString::fromStdString(run.clip);
      break;
    case kRun:
      if (role == Qt::DisplayRole) return run.name;
      if (role == Qt::ForegroundRole) return run_colour(run.run);
      if (role == Qt::FontRole) return bold();
      if (role == Qt::ToolTipRole)
        return tr("%1, plan %2, against %3").arg(run.name, run.plan, run.reference);
      break;
    case kFloors:
      if (role == Qt::DisplayRole) return QStringLiteral("%1 %2").arg(sign(standing)).arg(count);
      if (role == Qt::ForegroundRole) return colour(standing);
      if (role == Qt::ToolTipRole || role == Qt::AccessibleTextRole)
        return tr("Of %n measures, %1 are beyond what other noise does, %2 within that but beyond bf16, %3 "
                  "within both.",
                  nullptr, static_cast<int>(run.measures.size()))
            .arg(run.count(Standing::beyond))
            .arg(run.count(Standing::between))
            .arg(run.count(Standing::within));
      break;
    default: break;
  }
  return {};
}

QVariant ScoresModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Vertical) return {};
  const auto* key = key_of(section);
  if (role == Qt::TextAlignmentRole) return QVariant(key ? kNumbers : kWords);
  if (role == Qt::ToolTipRole) {
    if (key) return explained(*key);
    if (section == kFloors)
      return tr(
          "How many measures stand worst: ! beyond other noise, ~ within that or what one clip cannot tell, "
          "but beyond bf16, ✓ within both");
  }
  if (role != Qt::DisplayRole) return {};
  if (key) return short_name_with_unit(*key);
  return section == kClip ? tr("Clip") : section == kRun ? tr("Run") : tr("Floors");
}

void ScoresModel::sort(int column, Qt::SortOrder order) {
  Q_EMIT layoutAboutToBeChanged();
  const auto indexes = persistentIndexList();
  std::vector<std::pair<std::string, int>> kept;
  for (const auto& index : indexes) kept.emplace_back(at(index.row()).clip, at(index.row()).run);
  column_ = column;
  order_ = order;
  std::ranges::stable_sort(rows_, std::bind_front(&ScoresModel::before, this));
  for (qsizetype i = 0; i < indexes.size(); ++i)
    changePersistentIndex(indexes[i], index(rowOf(kept[std::size_t(i)].first, kept[std::size_t(i)].second),
                                            indexes[i].column()));
  Q_EMIT layoutChanged();
}

void FloorsModel::setRun(const ScoredRun& run) {
  beginResetModel();
  run_ = run;
  rows_.clear();
  for (const auto group : {MeasureGroup::noise, MeasureGroup::timbre, MeasureGroup::voice,
                           MeasureGroup::level, MeasureGroup::predicted}) {
    const auto heading = rows_.size();
    for (std::size_t i = 0; i < run_.measures.size(); ++i)
      if (run_.measures[i].measure->group == group) rows_.push_back(Row{group, i});
    if (rows_.size() > heading)
      rows_.insert(rows_.begin() + static_cast<std::ptrdiff_t>(heading), Row{group, {}});
  }
  endResetModel();
}

void FloorsModel::clear() { setRun({}); }

int FloorsModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int FloorsModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() || run_.measures.empty() ? 0 : kFirstFloor + static_cast<int>(run_.floors.size());
}

Qt::ItemFlags FloorsModel::flags(const QModelIndex& index) const {
  const auto& row = rows_.at(static_cast<std::size_t>(index.row()));
  return row.measure ? QAbstractTableModel::flags(index) : Qt::ItemFlags(Qt::ItemIsEnabled);
}

QVariant FloorsModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const auto& row = rows_.at(static_cast<std::size_t>(index.row()));
  if (!row.measure) {
    if (index.column() == 0 && role == Qt::DisplayRole) return title(row.group);
    return role == Qt::FontRole ? QVariant(bold()) : QVariant();
  }
  const auto& scored = run_.measures.at(*row.measure);
  const int floor = index.column() - kFirstFloor;
  switch (role) {
    case Qt::TextAlignmentRole: return QVariant(index.column() == 0 ? kWords : kNumbers);
    case Qt::ToolTipRole: return explain(run_, scored);
    case Qt::DisplayRole:
      if (index.column() == 0) return QStringLiteral("  ") + short_name_with_unit(*scored.measure);
      if (index.column() == 1) return with_sign(scored);
      if (index.column() == kLimit) return limit_text(*scored.measure, scored.limit);
      return value_text(*scored.measure, scored.floors.at(static_cast<std::size_t>(floor)));
    case Qt::ForegroundRole:
      if (index.column() == 1) return colour(scored.standing);
      if (index.column() > 1) return colours().muted;
      return {};
    case Qt::AccessibleTextRole:
      if (index.column() == 0) return name_with_unit(*scored.measure);
      if (index.column() == 1) return with_sign(scored) + ", " + words(scored.standing);
      return {};
    default: return {};
  }
}

QVariant FloorsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Vertical) return {};
  if (role == Qt::TextAlignmentRole) return QVariant(section == 0 ? kWords : kNumbers);
  if (role == Qt::ToolTipRole && section == kLimit)
    return tr(
        "Limit: what the other take of A shows, and a margin: by how much takes of one plan differ by chance "
        "(so rarely more that of all measures together one in twenty clips shows it), or what nobody hears "
        "where that is more. It is no limit of hearing: wide, it says that one clip cannot tell (?). Beyond "
        "it stands !");
  if (role == Qt::ToolTipRole && section >= kFirstFloor)
    return tr("Floor: %1. A number no worse than this is not the quantization's doing alone.")
        .arg(floor_name(static_cast<std::size_t>(section - kFirstFloor), run_.reference));
  if (role != Qt::DisplayRole) return {};
  if (section == 0) return tr("Measure");
  if (section == 1) return run_.name;
  if (section == kLimit) return tr("Limit");
  // "A, other noise": a line per word leaves room for the measures' names.
  return floor_name(static_cast<std::size_t>(section - kFirstFloor), run_.reference).replace(" ", "\n");
}

}  // namespace octet::ui
