#include "ui/model_tree/layer_columns.h"

#include <QEvent>
#include <QHeaderView>
#include <QMenu>
#include <QSettings>
#include <QTreeView>
#include <array>

#include "ui/model_tree/layer_tree_model.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

/// Columns that are shown where there is room, first come first served, their names in the settings, and the
/// widest they usually hold. Name, precision and bytes are always there.
struct OptionalColumn {
  LayerTreeModel::Column column;
  const char* key;
  const char* widest;
};
constexpr std::array kOptionalColumns{OptionalColumn{LayerTreeModel::kSnr, "snr", "88.8 dB"},
                                      OptionalColumn{LayerTreeModel::kType, "type", "ConvTranspose1d"},
                                      OptionalColumn{LayerTreeModel::kShape, "shape", "1024 × 1024 × 3"},
                                      OptionalColumn{LayerTreeModel::kParameters, "parameters", "888.8 M"}};
constexpr auto kColumnSettings = "layerColumns";
constexpr int kMeasuredRows = 100;     // around those that are seen; to measure a thousand takes 50 ms
constexpr int kFewestNameDigits = 16;  // of a name that are seen, however narrow the tree is

}  // namespace

LayerColumns::LayerColumns(QTreeView& view) : QObject(&view), view_(view) {
  auto* header = view_.header();
  const int padding = 2 * (view_.style()->pixelMetric(QStyle::PM_FocusFrameHMargin, nullptr, &view_) + 1);
  const auto set_width = [&](int column, const QString& widest, int icon = 0) {
    const int content = icon + view_.fontMetrics().horizontalAdvance(widest) + 2 * padding;
    widths_[column] = std::max(header->sectionSizeHint(column), content);
    header->resizeSection(column, widths_[column]);
  };
  header->setStretchLastSection(false);
  header->setResizeContentsPrecision(kMeasuredRows);
  header->setMinimumSectionSize(view_.fontMetrics().horizontalAdvance("0000"));
  header->moveSection(LayerTreeModel::kPrecision, 1);
  header->moveSection(header->visualIndex(LayerTreeModel::kBytes), 2);
  const int lock = view_.style()->pixelMetric(QStyle::PM_SmallIconSize, nullptr, &view_) + padding;
  set_width(LayerTreeModel::kPrecision, "bf16", lock);
  set_width(LayerTreeModel::kBytes, "888.8 MB");
  const QSettings settings;
  int place = 3;
  for (const auto& [column, key, widest] : kOptionalColumns) {
    header->moveSection(header->visualIndex(column), place++);
    set_width(column, QString::fromUtf8(widest));
    const auto chosen = settings.value(QStringLiteral("%1/%2").arg(kColumnSettings, key));
    if (chosen.isValid()) chosen_[column] = chosen.toBool();
  }
  header->setContextMenuPolicy(Qt::CustomContextMenu);
  connect(header, &QWidget::customContextMenuRequested, this, [this, header](const QPoint& where) {
    auto* menu = this->menu();
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->popup(header->mapToGlobal(where));
  });
  view_.viewport()->installEventFilter(this);
  // Thousands of rows are expanded at once: columns fit themselves once.
  fit_soon_.setSingleShot(true);
  fit_soon_.setInterval(0);
  connect(&fit_soon_, &QTimer::timeout, this, &LayerColumns::fit);
  for (const auto moved : {&QTreeView::expanded, &QTreeView::collapsed})
    connect(&view_, moved, &fit_soon_, qOverload<>(&QTimer::start));
}

QMenu* LayerColumns::menu() {
  auto* menu = new QMenu(&view_);
  for (const auto& optional : kOptionalColumns) {
    const int column = optional.column;
    auto* action =
        menu->addAction(view_.model()->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
    action->setToolTip(view_.model()->headerData(column, Qt::Horizontal, Qt::ToolTipRole).toString());
    action->setCheckable(true);
    action->setChecked(!view_.isColumnHidden(column));
    connect(action, &QAction::triggered, this, [this, column, key = optional.key](bool shown) {
      chosen_[column] = shown;
      QSettings().setValue(QStringLiteral("%1/%2").arg(kColumnSettings, key), shown);
      fit();
    });
  }
  menu->setToolTipsVisible(true);
  menu->addSeparator();
  auto* by_room = menu->addAction(tr("As there is room"), this, [this] {
    chosen_.clear();
    QSettings().remove(kColumnSettings);
    fit();
  });
  by_room->setEnabled(!chosen_.empty());
  return menu;
}

void LayerColumns::fit() {
  auto* header = view_.header();
  const QAbstractItemView* rows = &view_;  // a tree hides it
  const int least = view_.fontMetrics().horizontalAdvance(QString(kFewestNameDigits, '0'));
  const int names = std::max(rows->sizeHintForColumn(LayerTreeModel::kName) + kSpacing, least);
  int left = view_.viewport()->width() - names - widths_.at(LayerTreeModel::kPrecision) -
             widths_.at(LayerTreeModel::kBytes);
  const auto show = [&](const OptionalColumn& optional, bool shown) {
    view_.setColumnHidden(optional.column, !shown);
    if (shown) left -= widths_.at(optional.column);
  };
  const auto chosen = [&](const OptionalColumn& optional) { return chosen_.contains(optional.column); };
  for (const auto& optional : kOptionalColumns)
    if (chosen(optional)) show(optional, chosen_.at(optional.column));
  for (const auto& optional : kOptionalColumns)
    if (!chosen(optional)) show(optional, widths_.at(optional.column) <= left);
  // What is left goes to the names; where nothing is, they are elided, but not to nothing.
  header->resizeSection(LayerTreeModel::kName, std::max(names + left, least));
}

bool LayerColumns::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize) fit();
  return QObject::eventFilter(watched, event);
}

}  // namespace octet::ui
