#include "ui/jobs/jobs_panel.h"

#include <QEvent>
#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QStackedLayout>
#include <QToolButton>
#include <QTreeWidget>
#include <cmath>

#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

enum Column { kTitle, kStage, kProgress, kTime, kCancel, kColumns };
constexpr int kMostEnded = 30;

QString seconds_text(double seconds) {
  if (seconds < 60) return JobsPanel::tr("%1 s").arg(seconds, 0, 'f', seconds < 10 ? 1 : 0);
  return JobsPanel::tr("%1 min").arg(seconds / 60, 0, 'f', 1);
}

}  // namespace

QString time_left(double seconds, int done, int total) {
  // One part says little about the others, and the first may have loaded weights.
  if (done < 1 || total <= done || seconds < 0.2) return {};
  const double left = seconds * (total - done) / done;
  if (left < 90) return JobsPanel::tr("%1 s left").arg(std::max(1, static_cast<int>(std::lround(left))));
  return JobsPanel::tr("%1 min left").arg(std::lround(left / 60));
}

struct JobsPanel::Row {
  QTreeWidgetItem* item;
  QProgressBar* bar;
  QToolButton* cancel;
  QString stage;
  QElapsedTimer stage_began;
  QElapsedTimer began;
  std::optional<JobEnd> end;
};

JobsPanel::JobsPanel(QWidget* parent)
    : QWidget(parent), table_(new QTreeWidget), empty_(new QLabel(tr("Nothing is being done."))) {
  table_->setObjectName("jobs");
  table_->setAccessibleName(tr("Jobs"));
  table_->setRootIsDecorated(false);
  table_->setUniformRowHeights(true);
  table_->setSelectionMode(QAbstractItemView::NoSelection);
  table_->setFrameShape(QFrame::NoFrame);
  table_->setColumnCount(kColumns);
  table_->setHeaderLabels({tr("Job"), tr("Stage"), tr("Progress"), tr("Time"), QString()});
  table_->header()->setStretchLastSection(false);
  table_->header()->setSectionResizeMode(kTitle, QHeaderView::Stretch);
  const int digit = fontMetrics().horizontalAdvance('0');
  table_->header()->resizeSection(kStage, digit * 20);
  table_->header()->resizeSection(kProgress, digit * 12);
  table_->header()->resizeSection(kTime, digit * 11);
  table_->header()->setMinimumSectionSize(28);
  table_->header()->resizeSection(kCancel, 28);
  empty_->setAlignment(Qt::AlignCenter);
  empty_->setForegroundRole(QPalette::PlaceholderText);
  auto* pages = new QStackedLayout(this);
  pages->addWidget(empty_);
  pages->addWidget(table_);
}

JobsPanel::~JobsPanel() = default;

void JobsPanel::watch(JobRunner& lane) {
  const auto on_row = [this, &lane](JobRunner::Id id, auto what) {
    if (const auto row = rows_.find({&lane, id}); row != rows_.end()) what(*row->second);
  };
  connect(&lane, &JobRunner::queued, this,
          [this, &lane](JobRunner::Id id, const QString& title) { add(lane, id, title); });
  connect(&lane, &JobRunner::started, this, [on_row](JobRunner::Id id) {
    on_row(id, [](Row& row) {
      row.began.start();
      row.bar->setRange(0, 0);
      row.item->setText(kStage, tr("begins"));
    });
  });
  connect(&lane, &JobRunner::progressed, this, [this, on_row](JobRunner::Id id, const Progress& progress) {
    on_row(id, [&](Row& row) { showProgress(row, progress); });
  });
  connect(&lane, &JobRunner::ended, this, [this, on_row](JobRunner::Id id, const JobEnd& how) {
    on_row(id, [&](Row& row) { end(row, how); });
  });
}

void JobsPanel::add(JobRunner& lane, JobRunner::Id id, const QString& title) {
  auto row = std::make_unique<Row>();
  row->item = new QTreeWidgetItem({title, tr("waits")});
  row->item->setToolTip(kTitle, title);
  table_->addTopLevelItem(row->item);
  row->bar = new QProgressBar;
  row->bar->setTextVisible(false);
  row->bar->setRange(0, 1);
  row->cancel = new QToolButton;
  row->cancel->setAutoRaise(true);
  row->cancel->setText(QStringLiteral("×"));
  row->cancel->setToolTip(tr("Cancel"));
  row->cancel->setAccessibleName(tr("Cancel %1").arg(title));
  connect(row->cancel, &QToolButton::clicked, &lane, [&lane, id] { lane.cancel(id); });
  table_->setItemWidget(row->item, kProgress, row->bar);
  table_->setItemWidget(row->item, kCancel, row->cancel);
  rows_[{&lane, id}] = std::move(row);
  forgetOldest();
  static_cast<QStackedLayout*>(layout())->setCurrentWidget(table_);
}

void JobsPanel::showProgress(Row& row, const Progress& progress) {
  const auto stage = QString::fromStdString(progress.stage);
  if (stage != row.stage) {
    row.stage = stage;
    row.stage_began.start();
  }
  const bool counted = progress.total > 0;
  row.bar->setRange(0, progress.total);
  row.bar->setValue(progress.done);
  row.item->setText(kStage,
                    counted ? tr("%1, %2 of %3").arg(stage).arg(progress.done).arg(progress.total) : stage);
  row.item->setText(
      kTime, time_left(static_cast<double>(row.stage_began.elapsed()) / 1000, progress.done, progress.total));
  table_->scrollToItem(row.item);
}

void JobsPanel::end(Row& row, const JobEnd& end) {
  row.end = end;
  table_->removeItemWidget(row.item, kProgress);
  row.bar = nullptr;
  row.item->setText(kStage, end.succeeded()   ? tr("done")
                            : end.cancelled() ? tr("cancelled")
                                              : tr("failed: %1").arg(QString::fromUtf8(end.error->what())));
  row.item->setToolTip(kStage, row.item->text(kStage));
  row.item->setText(
      kTime, row.began.isValid() ? seconds_text(static_cast<double>(row.began.elapsed()) / 1000) : QString());
  colour(row);
  table_->removeItemWidget(row.item, kCancel);
  row.cancel = nullptr;
}

/// What ended steps back behind what runs; what failed does not.
void JobsPanel::colour(Row& row) {
  if (!row.end) return;
  for (int column = 0; column < kColumns; ++column) row.item->setForeground(column, colours().muted);
  if (!row.end->succeeded() && !row.end->cancelled()) row.item->setForeground(kStage, colours().negative);
}

void JobsPanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange)
    for (auto& [key, row] : rows_) colour(*row);
  QWidget::changeEvent(event);
}

void JobsPanel::forgetOldest() {
  int ended = 0;
  for (const auto& [key, row] : rows_) ended += row->end ? 1 : 0;
  for (int i = 0; ended > kMostEnded && i < table_->topLevelItemCount();) {
    auto* item = table_->topLevelItem(i);
    const auto row =
        std::ranges::find_if(rows_, [&](const auto& entry) { return entry.second->item == item; });
    if (row == rows_.end() || !row->second->end) {
      ++i;
      continue;
    }
    rows_.erase(row);
    delete item;
    --ended;
  }
}

}  // namespace octet::ui
