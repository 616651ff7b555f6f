#include "ui/study/pairs_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/study/pairs_chart.h"

namespace octet::ui {

PairsDialog::PairsDialog(std::shared_ptr<const LayerPairs> study, const QString& name, QWidget* parent)
    : QDialog(parent) {
  setObjectName("pairsDialog");
  setWindowTitle(tr("Pairs of layers: %1").arg(name));
  auto* chart = new PairsChart;
  auto* kind = new QComboBox;
  kind->setObjectName("pairsKind");
  const auto has = [&](DamageKind one) {
    return std::ranges::find(study->layers, one, &LayerDamage::kind) != study->layers.end();
  };
  if (has(DamageKind::mel)) kind->addItem(tr("flow: what the mel loses"), static_cast<int>(DamageKind::mel));
  if (has(DamageKind::spectrum))
    kind->addItem(tr("mel2wav: what the spectrum loses"), static_cast<int>(DamageKind::spectrum));
  auto* of = new QLabel(tr("&Of"));
  of->setBuddy(kind);
  auto* said = new QLabel(tr("Click a cell, or choose a row and press Enter: the tree shows both layers."));
  said->setWordWrap(true);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  auto* row = new QHBoxLayout;
  row->addWidget(of);
  row->addWidget(kind);
  row->addStretch();
  auto* column = new QVBoxLayout(this);
  column->addLayout(row);
  column->addWidget(chart, 1);
  column->addWidget(said);
  column->addWidget(buttons);
  // Enter is the table's.
  for (auto* button : findChildren<QPushButton*>()) button->setAutoDefault(false);
  resize(120 * fontMetrics().averageCharWidth(), 44 * fontMetrics().height());

  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  const auto show_kind = [chart, kind, study = std::move(study)] {
    if (kind->count() > 0) chart->setPairs(study, static_cast<DamageKind>(kind->currentData().toInt()));
  };
  connect(kind, &QComboBox::currentIndexChanged, this, show_kind);
  connect(chart, &PairsChart::taken, this, [this, chart](int pair) {
    const auto& one = chart->pairs()[static_cast<std::size_t>(pair)];
    Q_EMIT layersChosen({QString::fromStdString(one.first), QString::fromStdString(one.second)});
  });
  show_kind();
  chart->focusTable();
}

}  // namespace octet::ui
