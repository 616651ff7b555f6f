#include "ui/measures/cost_panel.h"

#include <QPushButton>
#include <QVBoxLayout>

#include "ui/measures/cost_chart.h"
#include "ui/theme/theme.h"

namespace octet::ui {

CostPanel::CostPanel(QWidget* parent)
    : QWidget(parent), chart_(new CostChart), time_(new QPushButton(tr("&Time the plans"))) {
  time_->setObjectName("timePlans");
  time_->setToolTip(
      tr("Speaks with each plan in turn, round after round, so that what else the machine does meets all "
         "alike"));
  auto* row = new QHBoxLayout;
  row->setContentsMargins(kSpacing, 0, kSpacing, kSpacing);
  row->addStretch(1);
  row->addWidget(time_);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(kSpacing);
  column->addWidget(chart_, 1);
  column->addLayout(row);
  connect(time_, &QPushButton::clicked, this, &CostPanel::timesRequested);
  setRuns({});
}

void CostPanel::setRuns(const Runs& runs) {
  time_->setVisible(!runs.empty());
  chart_->setRuns(runs);
}

void CostPanel::setTimes(const std::optional<PlanTimes>& times) { chart_->setTimes(times); }

void CostPanel::setTiming(bool timing) {
  time_->setEnabled(!timing);
  time_->setText(timing ? tr("Timing…") : tr("&Time the plans"));
}

}  // namespace octet::ui
