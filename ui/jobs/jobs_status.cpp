#include "ui/jobs/jobs_status.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

#include "ui/jobs/jobs_model.h"
#include "ui/language/announce.h"
#include "ui/theme/theme.h"

namespace octet::ui {

JobsStatus::JobsStatus(const JobsModel& model, QWidget* parent)
    : QWidget(parent), model_(model), open_(new QToolButton), bar_(new QProgressBar), text_(new QLabel) {
  open_->setObjectName("showJobs");
  open_->setText(tr("Jobs"));
  open_->setToolTip(tr("Show or hide all that is and was done"));
  open_->setAutoRaise(true);
  connect(open_, &QToolButton::clicked, this, &JobsStatus::listRequested);
  bar_->setObjectName("jobsProgress");
  bar_->setTextVisible(false);
  bar_->setFixedWidth(fontMetrics().horizontalAdvance(QString(16, '0')));
  bar_->setFixedHeight(fontMetrics().height() / 2);
  text_->setObjectName("jobsNow");
  text_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(kSpacing, 0, kSpacing, 0);
  row->setSpacing(2 * kSpacing);
  row->addWidget(open_);
  row->addWidget(bar_);
  row->addWidget(text_, 1);
  for (const auto changed : {&JobsModel::rowsInserted, &JobsModel::rowsRemoved})
    connect(&model_, changed, this, &JobsStatus::showCurrent);
  connect(&model_, &JobsModel::dataChanged, this, &JobsStatus::showCurrent);
  showCurrent();
}

void JobsStatus::showCurrent() {
  const int row = model_.current();
  bar_->setVisible(row >= 0);
  if (row < 0) return announce(*text_, tr("Nothing is being done."));
  const auto said = [&](int column) { return model_.index(row, column).data().toString(); };
  QStringList words{model_.index(row, 0).data(JobsModel::kNowRole).toString(), said(JobsModel::kStage),
                    said(JobsModel::kTime)};
  words.removeAll(QString());
  text_->setText(words.join(QStringLiteral("  ·  ")));
  text_->setToolTip(said(JobsModel::kTitle));
  const auto number = [&](int role) { return model_.index(row, 0).data(role).toInt(); };
  bar_->setRange(0, number(JobsModel::kTotalRole));
  bar_->setValue(number(JobsModel::kDoneRole));
}

}  // namespace octet::ui
