#include "ui/model_tree/plan_diff_dialog.h"

#include <QDialogButtonBox>
#include <QFontDatabase>
#include <QHeaderView>
#include <QLabel>
#include <QSplitter>
#include <QTextEdit>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "core/plan/edit.h"
#include "ui/model_tree/layer_tree_model.h"
#include "ui/theme/theme.h"

namespace octet::ui {

PlanDiffDialog::PlanDiffDialog(const QString& first_name, const PlanEditor& first, const QString& second_name,
                               const PlanEditor& second, QWidget* parent)
    : QDialog(parent) {
  setObjectName("planDiff");
  setWindowTitle(tr("Plans %1 and %2").arg(first_name, second_name));
  resize(860, 560);

  auto* lines = new QTextEdit;
  lines->setObjectName("planLines");
  lines->setReadOnly(true);
  lines->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  lines->setLineWrapMode(QTextEdit::NoWrap);
  QString html;
  for (const auto& line : differing_lines(first.plan(), second.plan())) {
    const bool of_first = line.side == PlanLine::Side::first;
    html += QStringLiteral("<div style='color:%1; white-space:pre'>%2  %3</div>")
                .arg(run_colour(of_first ? 0 : 1).name(), of_first ? first_name : second_name,
                     QString::fromStdString(line.text).toHtmlEscaped());
  }
  lines->setHtml(html.isEmpty() ? tr("The plans are the same.") : html);

  auto* layers = new QTreeWidget;
  layers->setObjectName("planLayers");
  layers->setRootIsDecorated(false);
  layers->setUniformRowHeights(true);
  layers->setAlternatingRowColors(true);
  layers->setHeaderLabels({tr("Layer"), first_name, second_name});
  const auto differences = differing_layers(first.checkpoint().layers(), first.resolved(), second.resolved());
  for (const auto& difference : differences) {
    const auto text = [](const Resolution& resolution) {
      return QString::fromUtf8(to_string(resolution.effective));
    };
    auto* item = new QTreeWidgetItem(
        layers, {QString::fromStdString(difference.layer), text(difference.first), text(difference.second)});
    item->setForeground(1, run_colour(0));
    item->setForeground(2, run_colour(1));
    item->setToolTip(2, QString::fromStdString(difference.second.reason));
  }
  layers->header()->setStretchLastSection(false);
  layers->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  connect(layers, &QTreeWidget::itemActivated, this,
          [this](const QTreeWidgetItem* item) { Q_EMIT layerChosen(item->text(0)); });

  auto* split = new QSplitter(Qt::Vertical);
  split->addWidget(lines);
  split->addWidget(layers);
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
}

}  // namespace octet::ui
