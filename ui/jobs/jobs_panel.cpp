#include "ui/jobs/jobs_panel.h"

#include <QApplication>
#include <QHeaderView>
#include <QLabel>
#include <QShortcut>
#include <QStackedLayout>
#include <QStyledItemDelegate>
#include <QTreeView>

namespace octet::ui {
namespace {

/// A bar in the cell of what runs.
class ProgressDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    QStyledItemDelegate::paint(painter, option, index);
    const int total = index.data(JobsModel::kTotalRole).toInt();
    if (!index.data(JobsModel::kOpenRole).toBool() || total == 0) return;
    QStyleOptionProgressBar bar;
    bar.rect = option.rect.adjusted(2, 2, -2, -2);
    bar.palette = option.palette;
    bar.state = option.state | QStyle::State_Horizontal;
    bar.maximum = total;
    bar.progress = index.data(JobsModel::kDoneRole).toInt();
    (option.widget ? option.widget->style() : QApplication::style())
        ->drawControl(QStyle::CE_ProgressBar, &bar, painter, option.widget);
  }
};

}  // namespace

JobsPanel::JobsPanel(QWidget* parent) : QWidget(parent), model_(new JobsModel(this)), table_(new QTreeView) {
  table_->setObjectName("jobs");
  table_->setAccessibleName(tr("Jobs"));
  table_->setModel(model_);
  table_->setItemDelegateForColumn(JobsModel::kProgress, new ProgressDelegate(table_));
  table_->setRootIsDecorated(false);
  table_->setUniformRowHeights(true);
  table_->setFrameShape(QFrame::NoFrame);
  auto* header = table_->header();
  header->setStretchLastSection(false);
  header->setMinimumSectionSize(28);
  header->setSectionResizeMode(JobsModel::kTitle, QHeaderView::Stretch);
  const int digit = fontMetrics().horizontalAdvance('0');
  header->resizeSection(JobsModel::kStage, digit * 20);
  header->resizeSection(JobsModel::kProgress, digit * 12);
  header->resizeSection(JobsModel::kTime, digit * 11);
  header->resizeSection(JobsModel::kCancel, 28);
  connect(table_, &QTreeView::clicked, this, [this](const QModelIndex& index) {
    if (index.column() == JobsModel::kCancel) model_->cancel(index.row());
  });
  auto* cancel = new QShortcut(Qt::Key_Delete, table_);
  cancel->setContext(Qt::WidgetShortcut);
  connect(cancel, &QShortcut::activated, this, [this] {
    if (table_->currentIndex().isValid()) model_->cancel(table_->currentIndex().row());
  });

  auto* empty = new QLabel(tr("Nothing is being done."));
  empty->setAlignment(Qt::AlignCenter);
  empty->setForegroundRole(QPalette::PlaceholderText);
  auto* pages = new QStackedLayout(this);
  pages->addWidget(empty);
  pages->addWidget(table_);
  connect(model_, &JobsModel::rowsInserted, this, [this, pages](const QModelIndex&, int row) {
    pages->setCurrentWidget(table_);
    table_->scrollTo(model_->index(row, 0));
  });
}

}  // namespace octet::ui
