#include "ui/measures/measures_panel.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QShortcut>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/measures/cost_panel.h"
#include "ui/measures/noise_chart.h"
#include "ui/measures/selection_scores.h"
#include "ui/measures/step_chart.h"
#include "ui/measures/voice_chart.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

QTableView* make_table(QAbstractItemModel* model) {
  auto* table = new QTableView;
  table->setModel(model);
  table->setSelectionBehavior(QAbstractItemView::SelectRows);
  table->setSelectionMode(QAbstractItemView::SingleSelection);
  table->setAlternatingRowColors(true);
  table->setShowGrid(false);
  table->setWordWrap(false);
  table->setFrameShape(QFrame::NoFrame);
  table->setTabKeyNavigation(false);
  table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  table->verticalHeader()->hide();
  table->verticalHeader()->setDefaultSectionSize(table->fontMetrics().height() + 2 * kSpacing);
  table->horizontalHeader()->setHighlightSections(false);
  table->horizontalHeader()->setMinimumSectionSize(2 * kSpacing);
  return table;
}

/// As high as its rows, up to `most` of them.
void fit_height(QTableView& table, int most) {
  const int rows = std::clamp(table.model()->rowCount(), 1, most);
  table.setFixedHeight(table.horizontalHeader()->sizeHint().height() +
                       rows * table.verticalHeader()->defaultSectionSize() + 2);
}

constexpr int kMostOverviewRows = 6;
constexpr int kRowsThatCount = 12;   // below what is seen, for the width of columns
constexpr int kLastFixedColumn = 3;  // of the overview: clip, run, standing and one measure are always there

}  // namespace

MeasuresPanel::MeasuresPanel(JobRunner& looks, QWidget* parent)
    : QWidget(parent),
      lane_(looks),
      scores_(new ScoresModel(this)),
      floors_(new FloorsModel(this)),
      tabs_(new QTabWidget),
      voice_(new VoiceChart),
      steps_(new StepChart),
      noise_(new NoiseChart),
      cost_(new CostPanel) {
  verdict_ = new QLabel;
  verdict_->setObjectName("verdict");
  verdict_->setWordWrap(true);
  verdict_->setMargin(2 * kSpacing);
  verdict_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  legend_ = new QLabel;
  legend_->setTextFormat(Qt::RichText);
  legend_->setWordWrap(true);
  legend_->setToolTip(
      tr("Floors are what float runs differ by: A with other noise against A, and everything in bf16 against "
         "everything in fp32. A number within its floors is nothing to worry about."));
  setObjectName("measuresPanel");
  tabs_->setObjectName("measuresTabs");
  tabs_->setAccessibleName(tr("Measures"));
  tabs_->setDocumentMode(true);
  tabs_->setUsesScrollButtons(true);
  const auto add = [&](QWidget* page, const QString& name, const QString& tip) {
    tabs_->setTabToolTip(tabs_->addTab(page, name), tip);
  };
  add(makeScores(), tr("Scores"), tr("Every clip and run against the reference, worst first"));
  add(voice_, tr("Voice"), tr("Embedding similarity per clip: is it still the same speaker?"));
  add(steps_, tr("Steps"), tr("Error against Euler step: where does the difference come from?"));
  add(noise_, tr("Noise"), tr("Rise of the noise floor in the pauses, by band: does it hiss?"));
  add(cost_, tr("Cost"), tr("Time and memory per stage"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(tabs_);

  connect(voice_, &VoiceChart::clicked, this, &MeasuresPanel::jump);
  connect(&lane_, &JobRunner::ended, this, [this](JobRunner::Id id, const JobEnd& end) {
    if (judging_ == id) judgingEnded();
    if (job_ != id) return;
    job_.reset();
    if (const auto awaited = std::exchange(awaited_, {}); awaited && end.succeeded())
      jump(awaited->first, awaited->second);
  });
  refreshColours();
  showHint();
  setReport({});
}

QWidget* MeasuresPanel::makeScores() {
  hint_ = new QLabel;
  hint_->setObjectName("scoresHint");
  hint_->setWordWrap(true);
  hint_->setAlignment(Qt::AlignCenter);
  hint_->setMargin(4 * kSpacing);

  overview_ = make_table(scores_);
  overview_->setObjectName("scoresTable");
  overview_->setAccessibleName(tr("Clips and runs, worst first. Enter plays the worst moment."));
  overview_->setTextElideMode(Qt::ElideMiddle);
  overview_->horizontalHeader()->setResizeContentsPrecision(kRowsThatCount);
  overview_->setSortingEnabled(true);
  overview_->horizontalHeader()->setSortIndicator(2, Qt::AscendingOrder);
  overview_->horizontalHeader()->setSortIndicatorShown(false);
  connect(overview_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          &MeasuresPanel::showDetail);
  const auto jump_to = [this](const QModelIndex& index) {
    jump(scores_->at(index.row()).clip, scores_->at(index.row()).run);
  };
  connect(overview_, &QTableView::clicked, this, jump_to);
  auto* enter = new QShortcut(QKeySequence(Qt::Key_Return), overview_);
  enter->setContext(Qt::WidgetShortcut);
  connect(enter, &QShortcut::activated, this, [this, jump_to] {
    if (!overview_->currentIndex().isValid()) return;
    jump_to(overview_->currentIndex());
    Q_EMIT playRequested();
  });

  detail_title_ = new QLabel;
  detail_title_->setObjectName("detailTitle");
  detail_title_->setTextFormat(Qt::RichText);
  detail_title_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  moments_ = new QWidget;
  moments_->setLayout(new QHBoxLayout);
  moments_->layout()->setContentsMargins(kSpacing, 0, kSpacing, 0);
  moments_->layout()->setSpacing(kSpacing);
  selection_scores_ = new SelectionScores(lane_);
  detail_ = make_table(floors_);
  detail_->setObjectName("floorsTable");
  detail_->setAccessibleName(tr("Measures of the selected run, beside their floors"));
  // Enough for three lines: floors have long names.
  detail_->horizontalHeader()->setFixedHeight(3 * detail_->fontMetrics().height() + 2 * kSpacing);

  copy_ = new QToolButton;
  copy_->setText(tr("Copy CSV"));
  copy_->setObjectName("copyCsv");
  copy_->setToolTip(
      tr("Copy all clips, runs and measures with their floors, to paste into a spreadsheet (Ctrl+C)"));
  connect(copy_, &QToolButton::clicked, this, &MeasuresPanel::copyCsv);
  for (auto* table : {overview_, detail_}) {
    auto* shortcut = new QShortcut(QKeySequence::Copy, table);
    shortcut->setContext(Qt::WidgetShortcut);
    connect(shortcut, &QShortcut::activated, this, &MeasuresPanel::copyCsv);
  }

  auto* content = new QWidget;
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(kSpacing);
  column->addWidget(verdict_);
  column->addWidget(overview_);
  auto* title = new QHBoxLayout;
  title->setContentsMargins(kSpacing, kSpacing, kSpacing, 0);
  title->addWidget(detail_title_, 1);
  title->addWidget(copy_);
  column->addLayout(title);
  column->addWidget(moments_);
  column->addWidget(selection_scores_);
  column->addWidget(detail_, 1);
  auto* foot = new QHBoxLayout;
  foot->setContentsMargins(kSpacing, 0, kSpacing, kSpacing);
  foot->addWidget(legend_, 1);
  column->addLayout(foot);

  scores_page_ = new QStackedWidget;
  scores_page_->addWidget(hint_);
  scores_page_->addWidget(content);
  return scores_page_;
}

void MeasuresPanel::setRuns(const Runs& runs) {
  if (runs == runs_) return;
  const bool of_another =
      !runs.empty() && (runs_.empty() || runs.front()->key.clip != runs_.front()->key.clip);
  runs_ = runs;
  // What is measured is shown of the clip that is shown.
  if (of_another && scores_->rowOf(shownClip(), std::max(1, floors_->run().run)) >= 0)
    select(shownClip(), std::max(1, floors_->run().run));
  showHint();
  if (job_) lane_.cancel(*job_);
  job_.reset();
  awaited_.reset();
  cost_->setRuns(runs_);
  analyses_.erase(shownClip());
  showLooks();
  showSelection();
  showMoments();
  if (runs_.empty()) return;
  job_ = lane_.run(
      tr("Measuring %1").arg(runs_.front()->clip), this,
      [runs](const JobControl& control) { return analyse(runs, control); },
      [this, runs](Analysis analysis) {
        if (runs != runs_) return;
        analyses_[shownClip()] = std::move(analysis);
        showLooks();
        showMoments();
        Q_EMIT analysed();
      });
}

std::string MeasuresPanel::shownClip() const {
  return runs_.empty() ? std::string() : runs_.front()->clip.toStdString();
}

/// What is looked into of the runs that are shown, beside the floors of their clip.
void MeasuresPanel::showLooks() {
  const auto* measured = report_.find(shownClip());
  const auto floors = measured ? measured->floors : std::vector<FloatFloor>();
  steps_->setRuns(runs_, analysis(), floors);
  noise_->setRuns(runs_, analysis(), floors);
}

void MeasuresPanel::setReport(const Report& report) {
  const auto selected = floors_->run();
  report_ = GrowingReport(report);
  scores_->setReport(report);
  voice_->setReport(report);
  showLooks();
  select(selected.clip, selected.run);
  showDetail();
  if (judging_) lane_.cancel(*judging_);
  judging_.reset();
  judged_.clear();
  judge();
}

void MeasuresPanel::setClip(const Report& report, const ClipResult& clip) {
  const auto selected = floors_->run();
  const auto runs = scored_runs(report, clip);
  const bool is_shown = shownClip() == clip.name;
  const bool shown_first = is_shown && scores_->rowOf(clip.name, std::max(1, selected.run)) < 0;
  report_.take(clip);
  scores_->setClip(clip.name, runs);
  voice_->setClip(clip, runs);
  if (is_shown) showLooks();
  shown_first ? select(clip.name, std::max(1, selected.run)) : select(selected.clip, selected.run);
  judge();
}

/// Or the worst, where that is not there.
void MeasuresPanel::select(const std::string& clip, int run) {
  scores_page_->setCurrentIndex(scores_->rowCount() > 0 ? 1 : 0);
  if (scores_->rowCount() > 0) overview_->selectRow(std::max(0, scores_->rowOf(clip, run)));
  fit_height(*overview_, kMostOverviewRows);
  fitColumns();
}

void MeasuresPanel::clear() {
  setRuns({});
  analyses_.clear();
  setReport({});
}

/// What stands where the scores will be.
void MeasuresPanel::showHint() {
  hint_->setText(
      runs_.empty()
          ? tr("Synthesize A and B. Their differences appear here, beside what float runs differ by.")
          : tr("Not measured yet: that is the last part of a synthesis."));
}

void MeasuresPanel::showSection(Section section) { tabs_->setCurrentIndex(static_cast<int>(section)); }

QString MeasuresPanel::csv() const { return scores_->rowCount() > 0 ? to_csv(report_.whole()) : QString(); }

const Analysis& MeasuresPanel::analysis() const {
  static const Analysis none;
  const auto found = analyses_.find(shownClip());
  return found == analyses_.end() ? none : found->second;
}

void MeasuresPanel::showDetail() {
  const auto index = overview_->currentIndex();
  if (index.isValid())
    floors_->setRun(scores_->at(index.row()));
  else
    floors_->clear();
  const auto& run = floors_->run();
  detail_title_->setText(tr("<b>%1</b>: %2 against %3")
                             .arg(QString::fromStdString(run.clip).toHtmlEscaped(), run.name.toHtmlEscaped(),
                                  run.reference.toHtmlEscaped()));
  auto& head = *detail_->horizontalHeader();
  if (floors_->columnCount() > 0) {
    head.setSectionResizeMode(QHeaderView::ResizeToContents);
    head.setSectionResizeMode(0, QHeaderView::Stretch);
  }
  fitFloors();
  showMoments();
  showSelection();
}

void MeasuresPanel::setOtherTake(const std::shared_ptr<const Run>& take) {
  other_take_ = take;
  showSelection();
}

void MeasuresPanel::setSelection(const std::optional<TimeSpan>& selection) {
  selection_ = selection;
  showSelection();
}

/// Of the row that is chosen, where that is of the clip that is shown.
void MeasuresPanel::showSelection() {
  const auto& shown = floors_->run();
  const auto index = static_cast<std::size_t>(shown.run);
  const bool there = selection_ && index > 0 && index < runs_.size() && shown.clip == shownClip();
  selection_scores_->setExcerpt(
      there ? std::optional(Excerpt{runs_.front(), runs_[index], other_take_, *selection_}) : std::nullopt);
}

void MeasuresPanel::jump(const std::string& clip, int run) {
  if (job_ && clip == shownClip()) {  // where it is worst is being looked for
    awaited_ = {clip, run};
    return;
  }
  double seconds = 0;
  if (const auto found = analyses_.find(clip);
      found != analyses_.end() && run < static_cast<int>(found->second.runs.size())) {
    const auto& moments = found->second.runs.at(static_cast<std::size_t>(run)).moments;
    if (!moments.empty()) seconds = moments.front().seconds;
  }
  Q_EMIT jumpRequested(clip, run, seconds);
}

void MeasuresPanel::copyCsv() { QApplication::clipboard()->setText(csv()); }

void MeasuresPanel::fitColumns() {
  auto& head = *overview_->horizontalHeader();
  for (int column = 0; column < scores_->columnCount(); ++column) overview_->setColumnHidden(column, false);
  overview_->resizeColumnsToContents();
  const int least =
      std::min(head.sectionSize(0), overview_->fontMetrics().horizontalAdvance(QString(24, 'e')));
  int left = width() - least;
  const bool scrolls = scores_->rowCount() > kMostOverviewRows;
  if (scrolls) left -= style()->pixelMetric(QStyle::PM_ScrollBarExtent);
  // Measures that do not fit whole are read below, where one run has them all. The clip takes what is left.
  bool fits = true;
  for (int column = 1; column < scores_->columnCount(); ++column) {
    fits = fits && (column <= kLastFixedColumn || head.sectionSize(column) <= left);
    if (fits)
      left -= head.sectionSize(column);
    else
      overview_->setColumnHidden(column, true);
  }
  head.resizeSection(0, least + std::max(0, left));
  fitFloors();
}

/// Where there is little room, what other noise does is read off the limit, which is made of it.
void MeasuresPanel::fitFloors() {
  constexpr int kOtherNoise = FloorsModel::kFirstFloor;
  if (floors_->columnCount() <= kOtherNoise + 1) return;
  const QAbstractItemView& rows = *detail_;
  int needed = style()->pixelMetric(QStyle::PM_ScrollBarExtent) + 2 * detail_->frameWidth();
  for (int column = 0; column < floors_->columnCount(); ++column)
    needed += std::max(rows.sizeHintForColumn(column), detail_->horizontalHeader()->sectionSizeHint(column));
  detail_->setColumnHidden(kOtherNoise, needed > width());
}

void MeasuresPanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange) return;
  refreshColours();
  showMoments();
}

void MeasuresPanel::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  fitColumns();
}

}  // namespace octet::ui
