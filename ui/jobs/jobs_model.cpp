#include "ui/jobs/jobs_model.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <map>

#include "core/synthesis/synthesis_share.h"
#include "ui/language/stage_names.h"
#include "ui/language/symbols.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr int kMostEnded = 30;

QString seconds_text(double seconds) {
  return seconds < 60 ? with_unit(seconds, seconds < 10 ? 1 : 0, "s") : with_unit(seconds / 60, 1, "min");
}

double seconds_of(const QElapsedTimer& clock) { return static_cast<double>(clock.elapsed()) / 1000; }

}  // namespace

QString time_left(double seconds, int done, int total) {
  // One part says little about the others, and the first may have loaded weights.
  if (done < 1 || total <= done || seconds < 0.2) return {};
  const double left = seconds * (total - done) / done;
  if (left < 90) return JobsModel::tr("%1 s left").arg(std::max(1, static_cast<int>(std::lround(left))));
  return JobsModel::tr("%1 min left").arg(std::lround(left / 60));
}

struct JobsModel::Line {
  QString title;
  JobRunner* lane;
  const JobGroup* group = nullptr;        ///< nullptr: a job of its own
  std::map<JobRunner::Id, QString> open;  ///< queued or running, and what each is called
  QString now;                            ///< what the job that runs is called
  QString stage;
  Progress progress;
  double share = 0;  ///< of the job that runs: it never falls
  QElapsedTimer began, stage_began;
  double seconds = 0;          ///< that it took, once it ended
  std::optional<Error> error;  ///< of the job that failed last
  bool cancelled = false;

  bool failed() const { return error.has_value(); }
};

JobsModel::JobsModel(QObject* parent) : QAbstractTableModel(parent) {}
JobsModel::~JobsModel() = default;

void JobsModel::watch(JobRunner& lane) {
  const auto on_line = [this, &lane](JobRunner::Id id, auto what) {
    if (auto* line = lineOf(lane, id)) {
      what(*line);
      tell(*line);
    }
  };
  connect(&lane, &JobRunner::queued, this,
          [this, &lane](JobRunner::Id id, const QString& title) { add(lane, id, title); });
  connect(&lane, &JobRunner::started, this, [on_line](JobRunner::Id id) {
    on_line(id, [id](Line& line) {
      if (!line.began.isValid()) line.began.start();
      line.now = line.open.at(id);
      line.share = 0;
      line.stage = tr("begins");
      line.progress = {};
    });
  });
  connect(&lane, &JobRunner::progressed, this, [this, on_line](JobRunner::Id id, const Progress& progress) {
    on_line(id, [&](Line& line) { showProgress(line, progress); });
  });
  connect(&lane, &JobRunner::ended, this, [this, on_line](JobRunner::Id id, const JobEnd& how) {
    on_line(id, [&](Line& line) { end(line, id, how); });
  });
}

void JobsModel::watch(JobGroup& group) { groups_.push_back(&group); }

void JobsModel::cancel(int row) {
  const auto& line = *lines_.at(static_cast<std::size_t>(row));
  for (const auto& [id, title] : std::map(line.open)) line.lane->cancel(id);
}

int JobsModel::current() const {
  const auto runs = [](const auto& line) { return !line->open.empty() && line->began.isValid(); };
  const auto waits = [](const auto& line) { return !line->open.empty(); };
  auto found = std::ranges::find_if(lines_, runs);
  if (found == lines_.end()) found = std::ranges::find_if(lines_, waits);
  return found == lines_.end() ? -1 : static_cast<int>(found - lines_.begin());
}

JobsModel::Line* JobsModel::lineOf(JobRunner& lane, JobRunner::Id id) {
  const auto found = std::ranges::find_if(
      lines_, [&](const auto& line) { return line->lane == &lane && line->open.contains(id); });
  return found == lines_.end() ? nullptr : found->get();
}

void JobsModel::add(JobRunner& lane, JobRunner::Id id, const QString& title) {
  const auto group = std::ranges::find_if(
      groups_, [&](const auto* known) { return &known->lane() == &lane && known->contains(id); });
  const auto* of_group = group == groups_.end() ? nullptr : *group;
  if (of_group && of_group->total() > 1) {
    const auto known = std::ranges::find_if(
        lines_, [&](const auto& line) { return line->group == of_group && !line->open.empty(); });
    if (known != lines_.end()) {
      (*known)->title = of_group->title();
      (*known)->open.emplace(id, title);
      return tell(**known);
    }
  }
  const auto row = static_cast<int>(lines_.size());
  beginInsertRows({}, row, row);
  lines_.push_back(std::make_unique<Line>());
  auto& line = *lines_.back();
  line.title = of_group ? of_group->title() : title;
  line.lane = &lane;
  line.group = of_group;
  line.open.emplace(id, title);
  endInsertRows();
  forgetOldest();
}

void JobsModel::showProgress(Line& line, const Progress& progress) {
  const auto stage = stage_in_words(progress.stage);
  if (stage != line.stage) {
    line.stage = stage;
    line.stage_began.start();
  }
  line.progress = progress;
  line.share = std::max(line.share, share_of_synthesis(progress).value_or(0));
}

void JobsModel::end(Line& line, JobRunner::Id id, const JobEnd& end) {
  line.open.erase(id);
  line.share = 0;
  if (end.cancelled())
    line.cancelled = true;
  else if (end.error)
    line.error = end.error;
  if (line.open.empty() && line.began.isValid()) line.seconds = seconds_of(line.began);
}

void JobsModel::tell(const Line& line) {
  const auto found = std::ranges::find_if(lines_, [&](const auto& known) { return known.get() == &line; });
  const auto row = static_cast<int>(found - lines_.begin());
  Q_EMIT dataChanged(index(row, 0), index(row, kColumns - 1));
}

void JobsModel::forgetOldest() {
  auto ended = std::ranges::count_if(lines_, [](const auto& line) { return line->open.empty(); });
  for (std::size_t i = 0; ended > kMostEnded && i < lines_.size();) {
    if (!lines_[i]->open.empty()) {
      ++i;
      continue;
    }
    beginRemoveRows({}, static_cast<int>(i), static_cast<int>(i));
    lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(i));
    endRemoveRows();
    --ended;
  }
}

int JobsModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(lines_.size());
}

int JobsModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : kColumns; }

QString JobsModel::stageText(const Line& line) {
  if (line.open.empty())
    return line.failed()    ? tr("failed: %1").arg(QString::fromUtf8(line.error->what()))
           : line.cancelled ? tr("cancelled")
                            : tr("done");
  if (!line.began.isValid()) return tr("waits");
  return line.progress.total > 0
             ? tr("%1, %2 of %3").arg(line.stage).arg(line.progress.done).arg(line.progress.total)
             : line.stage;
}

QString JobsModel::timeText(const Line& line) {
  if (line.open.empty()) return line.began.isValid() ? seconds_text(line.seconds) : QString();
  if (!line.stage_began.isValid()) return {};
  return time_left(seconds_of(line.stage_began), line.progress.done, line.progress.total);
}

QVariant JobsModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const auto& line = *lines_.at(static_cast<std::size_t>(index.row()));
  const bool open = !line.open.empty();
  // A group counts its jobs, and how far the one that runs is.
  const bool counts_jobs = line.group && open && line.group->total() > 1;
  switch (role) {
    case Qt::DisplayRole:
    case Qt::AccessibleTextRole:
      if (index.column() == kTitle) return line.title;
      if (index.column() == kStage) return stageText(line);
      if (index.column() == kTime) return timeText(line);
      if (index.column() == kCancel && open)
        return role == Qt::DisplayRole ? QStringLiteral("×") : tr("Cancel %1").arg(line.title);
      // It is drawn as a bar.
      if (const int total = data(index, kTotalRole).toInt();
          index.column() == kProgress && role == Qt::AccessibleTextRole && open && total > 0)
        return with_unit(100.0 * data(index, kDoneRole).toInt() / total, 0, "%");
      return {};
    case Qt::ToolTipRole:
      if (index.column() == kCancel) return open ? tr("Cancel") : QString();
      return index.column() == kStage ? stageText(line) : line.title;
    case Qt::TextAlignmentRole:
      return QVariant(index.column() == kCancel ? Qt::AlignCenter : Qt::AlignLeft | Qt::AlignVCenter);
    case Qt::ForegroundRole:
      // What ended steps back behind what runs; what failed does not.
      if (open) return {};
      return line.failed() && index.column() == kStage ? colours().negative : colours().muted;
    case kDoneRole:
      return counts_jobs ? kJobParts * (line.group->total() - static_cast<int>(line.open.size())) +
                               static_cast<int>(kJobParts * line.share)
                         : line.progress.done;
    case kTotalRole: return counts_jobs ? kJobParts * line.group->total() : line.progress.total;
    case kOpenRole: return open;
    case kNowRole: return line.now.isEmpty() ? line.title : line.now;
    default: return {};
  }
}

QVariant JobsModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || (role != Qt::DisplayRole && role != Qt::AccessibleTextRole)) return {};
  switch (section) {
    case kTitle: return tr("Job");
    case kStage: return tr("Stage");
    case kProgress: return tr("Progress");
    case kTime: return tr("Time");
    default: return role == Qt::AccessibleTextRole ? tr("Cancel") : QString();
  }
}

}  // namespace octet::ui
