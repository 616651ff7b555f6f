#include "ui/clips/clips_panel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTreeView>

#include "ui/theme/theme.h"

namespace octet::ui {

/// Below what is seen so many rows say how wide columns are.
constexpr int kRowsThatCount = 50;

ClipsPanel::ClipsPanel(QWidget* parent)
    : QWidget(parent),
      model_(new ClipsModel(this)),
      list_(new QTreeView),
      said_(new QLabel),
      means_(new QLabel) {
  list_->setObjectName("clips");
  list_->setAccessibleName(tr("Clips"));
  list_->setModel(model_);
  list_->setRootIsDecorated(false);
  list_->setUniformRowHeights(true);
  list_->setAlternatingRowColors(true);
  list_->setFrameShape(QFrame::NoFrame);
  list_->header()->setStretchLastSection(true);
  list_->header()->setResizeContentsPrecision(kRowsThatCount);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  connect(list_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& index) {
            showSaid();
            if (index.isValid() && !filling_) Q_EMIT clipChosen(index.row());
          });
  connect(model_, &ClipsModel::dataChanged, this, &ClipsPanel::showSaid);
  said_->setObjectName("clipSaid");
  said_->setWordWrap(true);
  said_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  said_->hide();
  means_->setObjectName("clipMeans");
  means_->setWordWrap(true);
  means_->setToolTip(tr("Means over the clips that were measured, with 95 % intervals"));
  auto* all = new QPushButton(tr("Synthesize all"));
  all->setObjectName("synthesizeAll");
  all->setToolTip(
      tr("Speak and measure every clip that was not yet, under the present plans (Ctrl+Shift+Return)"));
  connect(all, &QPushButton::clicked, this, &ClipsPanel::allRequested);
  auto* save = new QPushButton(tr("Save the report…"));
  save->setObjectName("saveReport");
  save->setToolTip(tr("All clips, runs and measures as JSON, as octet compare --json writes them"));
  connect(save, &QPushButton::clicked, this, &ClipsPanel::reportRequested);
  auto* row = new QHBoxLayout;
  row->addWidget(all);
  row->addWidget(save);
  row->addStretch(1);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(2 * kSpacing, kSpacing, 2 * kSpacing, kSpacing);
  column->setSpacing(kSpacing);
  column->addWidget(list_, 1);
  column->addWidget(said_);
  column->addWidget(means_);
  column->addLayout(row);
}

void ClipsPanel::setClips(const std::vector<ClipLine>& clips, int current) {
  filling_ = true;
  model_->setClips(clips);
  list_->setCurrentIndex(model_->index(current, 0));
  filling_ = false;
  showSaid();
  fit();
}

void ClipsPanel::setClip(int clip, const ClipLine& line) { model_->setLine(clip, line); }

void ClipsPanel::setCurrent(int clip) {
  filling_ = true;
  list_->setCurrentIndex(model_->index(clip, 0));
  filling_ = false;
}

void ClipsPanel::setReport(const Report& report) {
  const auto current = list_->currentIndex().row();
  filling_ = true;
  model_->setReport(report);
  filling_ = false;
  setCurrent(current);
  measured_ = {};
  for (const auto& clip : report.clips) measured_.take(clip.name, scored_runs(report, clip));
  means_->setText(measured_.text());
  fit();
}

void ClipsPanel::setMeasured(const Report& report, const ClipResult& clip) {
  const auto runs = scored_runs(report, clip);
  model_->setWorst(clip.name, worst_measure(runs));
  measured_.take(clip.name, runs);
  means_->setText(measured_.text());
  fit();
}

/// Where a column has no room for what is said, it is read below the list, where the clip that is shown has
/// it whole.
void ClipsPanel::fit() {
  int left = list_->viewport()->width();
  for (const int column : {ClipsModel::kName, ClipsModel::kWorst}) {
    list_->resizeColumnToContents(column);
    left -= list_->columnWidth(column);
  }
  list_->setColumnHidden(ClipsModel::kText, left < fontMetrics().horizontalAdvance(QString(14, 'e')));
}

void ClipsPanel::showSaid() {
  const auto current = list_->currentIndex();
  said_->setVisible(current.isValid());
  said_->setText(current.data(Qt::ToolTipRole).toString());
}

void ClipsPanel::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  fit();
}

}  // namespace octet::ui
