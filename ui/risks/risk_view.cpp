#include "ui/risks/risk_view.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QSplitter>
#include <QTabBar>
#include <QTableWidget>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "ui/language/announce.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr int kShare = 1000;  // pixels that are shared out

QTreeWidget* list_of(const QString& name, const QString& said, const QStringList& heads) {
  auto* list = new QTreeWidget;
  list->setObjectName(name);
  list->setAccessibleName(said);
  list->setHeaderLabels(heads);
  list->setRootIsDecorated(false);
  list->setUniformRowHeights(true);
  list->setAlternatingRowColors(true);
  list->header()->setStretchLastSection(false);
  list->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  list->header()->setSectionResizeMode(static_cast<int>(heads.size()) - 1, QHeaderView::Stretch);
  return list;
}

QLabel* sentence() {
  auto* label = new QLabel;
  label->setWordWrap(true);
  return label;
}

}  // namespace

RiskView::RiskView(QWidget* parent)
    : QWidget(parent),
      tabs_(new QTabBar),
      chart_(new RiskChart),
      figures_(chart_->findChild<QTableWidget*>()),
      findings_(sentence()),
      blame_title_(sentence()),
      blamed_(list_of("riskBlamed", tr("Layers to blame"),
                      {tr("Error"), tr("Layers to blame"), tr("What it is")})),
      moments_title_(sentence()),
      moments_(list_of("riskMoments", tr("Where to listen"), {tr("Error"), tr("Seconds"), tr("Clip")})) {
  figures_->setObjectName("riskFigures");
  tabs_->setObjectName("riskPlots");
  tabs_->setAccessibleName(tr("Plots of the risk"));
  tabs_->setDrawBase(false);
  findings_->setObjectName("riskFindings");
  findings_->setTextFormat(Qt::PlainText);
  findings_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  moments_title_->setText(tr("Where the waveform is furthest off, of the clip's level. Click to go there."));
  for (const int column : {1, 2})
    blamed_->headerItem()->setToolTip(column, tr("Click a row to find it in the model"));

  auto* seen = new QWidget;
  seen_ = new QVBoxLayout(seen);
  seen_->setContentsMargins({});
  seen_->setSpacing(0);
  seen_->addWidget(tabs_);
  seen_->addWidget(chart_, 3);
  seen_->addWidget(figures_, 2);
  auto* said = new QWidget;
  said_ = new QVBoxLayout(said);
  said_->setContentsMargins(2 * kSpacing, 0, 0, 0);
  said_->setSpacing(2 * kSpacing);
  said_->addWidget(findings_);
  said_->addWidget(blame_title_);
  said_->addWidget(blamed_, 3);
  said_->addWidget(moments_title_);
  said_->addWidget(moments_, 2);
  said_->addStretch();
  auto* split = new QSplitter;
  split->addWidget(seen);
  split->addWidget(said);
  split->setStretchFactor(0, 5);
  split->setStretchFactor(1, 4);
  split->setSizes({5 * kShare, 4 * kShare});
  split->setChildrenCollapsible(false);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins({});
  all->addWidget(split);

  connect(tabs_, &QTabBar::currentChanged, this, &RiskView::showPlot);
  for (const auto chosen : {&QTreeWidget::itemClicked, &QTreeWidget::itemActivated}) {
    connect(blamed_, chosen, this, [this](const QTreeWidgetItem* item) {
      Q_EMIT partChosen(item->data(0, Qt::UserRole).toString());
    });
    connect(moments_, chosen, this, [this](QTreeWidgetItem* item) {
      const auto& moment = picture_.moments[static_cast<std::size_t>(moments_->indexOfTopLevelItem(item))];
      Q_EMIT momentChosen(moment.clip, moment.seconds);
    });
  }
}

void RiskView::setHint(const QString& hint) {
  setPicture({}, slot_);
  chart_->setHint(hint);
}

void RiskView::setPicture(const RiskPicture& picture, int slot) {
  picture_ = picture;
  slot_ = slot;
  {
    const QSignalBlocker quiet(tabs_);
    while (tabs_->count() > 0) tabs_->removeTab(0);
    for (const auto& plot : picture_.plots) tabs_->addTab(plot.title);
  }
  tabs_->setVisible(picture_.plots.size() > 1);
  announce(*findings_, picture_.findings.join(QStringLiteral("\n\n")));
  fillBlamed();
  fillMoments();
  // Where there are no lists the figures have their place, and are seen all at once.
  const bool alone = picture_.blamed.empty() && picture_.moments.empty();
  alone ? said_->insertWidget(2, figures_, 5) : seen_->addWidget(figures_, 2);
  showPlot(tabs_->currentIndex());
  // Once the figures have their place: what is quoted is in sight there.
  QMetaObject::invokeMethod(
      figures_, [figures = figures_] { figures->scrollTo(figures->currentIndex()); }, Qt::QueuedConnection);
}

void RiskView::showPlot(int plot) {
  if (plot < 0 || plot >= static_cast<int>(picture_.plots.size()))
    chart_->setHint(tr("There is nothing to draw."));
  else
    chart_->setPlot(picture_.plots[static_cast<std::size_t>(plot)], slot_);
}

void RiskView::fillBlamed() {
  blamed_->clear();
  blamed_->setVisible(!picture_.blamed.empty());
  blame_title_->setText(picture_.blamed.empty()
                            ? picture_.nobody
                            : tr("%1. Click to find one in the model.").arg(picture_.blame_title));
  blame_title_->setVisible(!blame_title_->text().isEmpty());
  for (const auto& [part, words, error] : picture_.blamed) {
    auto* item = new QTreeWidgetItem(blamed_, {error, QString::fromStdString(part), words});
    item->setData(0, Qt::UserRole, QString::fromStdString(part));
    item->setTextAlignment(0, Qt::AlignRight | Qt::AlignVCenter);
    item->setToolTip(2, words);
  }
}

void RiskView::fillMoments() {
  moments_->clear();
  for (auto* shown : {static_cast<QWidget*>(moments_title_), static_cast<QWidget*>(moments_)})
    shown->setVisible(!picture_.moments.empty());
  for (const auto& [clip, seconds, error] : picture_.moments) {
    auto* item = new QTreeWidgetItem(
        moments_, {error, QLocale().toString(seconds, 'f', 2), QString::fromStdString(clip)});
    for (const int column : {0, 1}) item->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
  }
}

}  // namespace octet::ui
