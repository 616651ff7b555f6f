#include "ui/model_tree/plan_diff_dialog.h"

#include <QDialogButtonBox>
#include <QEvent>
#include <QFontDatabase>
#include <QHeaderView>
#include <QLabel>
#include <QSplitter>
#include <QTextEdit>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "ui/model_tree/layer_tree_model.h"
#include "ui/theme/theme.h"

namespace octet::ui {

PlanDiffDialog::PlanDiffDialog(const QString& first_name, const PlanEditor& first, const QString& second_name,
                               const PlanEditor& second, QWidget* parent)
    : QDialog(parent), differing_(differing_lines(first.plan(), second.plan())) {
  setObjectName("planDiff");
  setWindowTitle(tr("Plans %1 and %2").arg(first_name, second_name));
  resize(860, 560);

  lines_ = new QTextEdit;
  lines_->setObjectName("planLines");
  lines_->setReadOnly(true);
  lines_->setAccessibleName(tr("Rules that differ"));
  lines_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  lines_->setLineWrapMode(QTextEdit::NoWrap);
  layers_ = new QTreeWidget;
  layers_->setObjectName("planLayers");
  layers_->setAccessibleName(tr("Layers that come out differently"));
  layers_->setRootIsDecorated(false);
  layers_->setUniformRowHeights(true);
  layers_->setAlternatingRowColors(true);
  layers_->setHeaderLabels({tr("Layer"), first_name, second_name});
  const auto differences = differing_layers(first.checkpoint().layers(), first.resolved(), second.resolved());
  for (const auto& difference : differences) {
    const auto [a, b] = told_apart(difference);
    auto* item = new QTreeWidgetItem(layers_, {QString::fromStdString(difference.layer),
                                               QString::fromStdString(a), QString::fromStdString(b)});
    item->setToolTip(2, QString::fromStdString(difference.second.reason));
  }
  layers_->header()->setStretchLastSection(false);
  layers_->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  connect(layers_, &QTreeWidget::itemActivated, this,
          [this](const QTreeWidgetItem* item) { Q_EMIT layerChosen(item->text(0)); });

  auto* split = new QSplitter(Qt::Vertical);
  split->addWidget(lines_);
  split->addWidget(layers_);
  split->setStretchFactor(1, 1);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* column = new QVBoxLayout(this);
  const auto bytes = [](const PlanEditor& editor) {
    return bytes_text(static_cast<double>(editor.size().total().bytes));
  };
  auto* summary = new QLabel(
      tr("%n layers come out differently. %1: %2, %3: %4.", nullptr, static_cast<int>(differences.size()))
          .arg(first_name, bytes(first), second_name, bytes(second)));
  column->addWidget(summary);
  column->addWidget(split, 1);
  column->addWidget(buttons);
  colour();
}

void PlanDiffDialog::colour() {
  QString html;
  for (const auto& line : differing_) {
    const bool of_first = line.side == PlanLine::Side::first;
    html += QStringLiteral("<div style='color:%1; white-space:pre'>%2  %3</div>")
                .arg(run_colour(of_first ? 0 : 1).name(), layers_->headerItem()->text(of_first ? 1 : 2),
                     QString::fromStdString(line.text).toHtmlEscaped());
  }
  lines_->setHtml(html.isEmpty() ? tr("The plans are the same.") : html);
  for (int i = 0; i < layers_->topLevelItemCount(); ++i)
    for (const int side : {0, 1}) layers_->topLevelItem(i)->setForeground(1 + side, run_colour(side));
}

void PlanDiffDialog::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && layers_) colour();
  QDialog::changeEvent(event);
}

}  // namespace octet::ui
