#include "ui/clips/clips_panel.h"

#include <QAction>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QTreeView>
#include <algorithm>

#include "ui/theme/theme.h"

namespace octet::ui {

/// Below what is seen so many rows say how wide columns are.
constexpr int kRowsThatCount = 50;

ClipsPanel::ClipsPanel(QWidget* parent)
    : QWidget(parent),
      model_(new ClipsModel(this)),
      sorted_(new QSortFilterProxyModel(this)),
      list_(new QTreeView),
      said_(new QLabel),
      means_(new QLabel) {
  list_->setObjectName("clips");
  list_->setAccessibleName(tr("Clips"));
  list_->setRootIsDecorated(false);
  list_->setUniformRowHeights(true);
  list_->setAlternatingRowColors(true);
  list_->setFrameShape(QFrame::NoFrame);
  list_->header()->setStretchLastSection(true);
  list_->header()->setMinimumSectionSize(2 * kSpacing);
  list_->header()->setResizeContentsPrecision(kRowsThatCount);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  makeSorting();
  connect(list_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& index) {
            showSaid();
            if (index.isValid() && !filling_) Q_EMIT clipChosen(currentClip());
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

void ClipsPanel::makeSorting() {
  sorted_->setSourceModel(model_);
  sorted_->setSortRole(ClipsModel::kSortRole);
  sorted_->setSortLocaleAware(true);
  list_->setModel(sorted_);
  list_->setSortingEnabled(true);
  auto& head = *list_->header();
  head.setSortIndicatorClearable(true);
  head.setSortIndicator(-1, Qt::AscendingOrder);
  connect(&head, &QHeaderView::sortIndicatorChanged, this,
          [this] { list_->scrollTo(list_->currentIndex()); });
  // By keys, for which heads are out of reach.
  list_->setContextMenuPolicy(Qt::ActionsContextMenu);
  const auto add = [&](const QString& text, int column) {
    connect(list_->addAction(text), &QAction::triggered, this, [&head, column] {
      const bool again =
          head.sortIndicatorSection() == column && head.sortIndicatorOrder() == Qt::AscendingOrder;
      head.setSortIndicator(column, again ? Qt::DescendingOrder : Qt::AscendingOrder);
    });
  };
  add(tr("Sort by &state"), ClipsModel::kState);
  add(tr("Sort by &name"), ClipsModel::kName);
  add(tr("Sort by the &worst measure"), ClipsModel::kWorst);
  add(tr("Sort by &length"), ClipsModel::kSeconds);
  add(tr("Sort by &tags"), ClipsModel::kTags);
  add(tr("As the &document has them"), -1);
}

/// In the document's order.
int ClipsPanel::currentClip() const { return sorted_->mapToSource(list_->currentIndex()).row(); }

void ClipsPanel::setClips(const std::vector<ClipLine>& clips, int current) {
  filling_ = true;
  model_->setClips(clips);
  setCurrent(current);
  showSaid();
  fit();
}

void ClipsPanel::setClip(int clip, const ClipLine& line) { model_->setLine(clip, line); }

void ClipsPanel::setCurrent(int clip) {
  filling_ = true;
  list_->setCurrentIndex(sorted_->mapFromSource(model_->index(clip, ClipsModel::kName)));
  filling_ = false;
}

void ClipsPanel::setReport(const Report& report) {
  const int shown = currentClip();
  filling_ = true;
  model_->setReport(report);
  setCurrent(shown);
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

/// Names give way to what is worst, all else to both: what has no room is read below the list, where the clip
/// that is shown has it whole.
void ClipsPanel::fit() {
  const QAbstractItemView& rows = *list_;
  const auto wanted = [&](int column) {
    return std::max(rows.sizeHintForColumn(column), list_->header()->sectionSizeHint(column));
  };
  const auto letters = [this](int count) { return fontMetrics().horizontalAdvance(QString(count, 'e')); };
  int left = list_->viewport()->width();
  const auto give = [&](int column, int width) {
    list_->setColumnWidth(column, width);
    left -= width;
  };
  for (int column = 0; column < ClipsModel::kColumns; ++column)
    list_->setColumnHidden(column, !model_->says(static_cast<ClipsModel::Column>(column)));
  give(ClipsModel::kState, rows.sizeHintForColumn(ClipsModel::kState));
  const int worst = wanted(ClipsModel::kWorst);
  give(ClipsModel::kName, std::min(wanted(ClipsModel::kName), std::max(left / 2, left - worst)));
  give(ClipsModel::kWorst, worst);
  for (const int column : {ClipsModel::kSeconds, ClipsModel::kTags, ClipsModel::kText}) {
    if (list_->isColumnHidden(column)) continue;
    const int whole = wanted(column);
    if (std::min(whole, letters(column == ClipsModel::kText ? 14 : 10)) > left)
      list_->setColumnHidden(column, true);
    else
      give(column, std::min(whole, left));
  }
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
