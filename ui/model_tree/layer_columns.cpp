#include "ui/model_tree/layer_columns.h"

#include <QEvent>
#include <QHeaderView>
#include <QMenu>
#include <QSettings>
#include <QTreeView>
#include <algorithm>
#include <vector>

#include "ui/model_tree/layer_tree_model.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr auto kColumnSettings = "layerColumns";
constexpr int kMeasuredRows = 100;     // around those that are seen; to measure a thousand takes 50 ms
constexpr int kFewestNameDigits = 16;  // of a name that are seen, however narrow the tree is
constexpr int kNames = 0;              // where the branches are

using Place = LayerColumn::Place;

Place place_of(const QTreeView& view, int column) {
  return static_cast<Place>(
      view.model()->headerData(column, Qt::Horizontal, LayerTreeModel::kPlaceRole).toInt());
}

QString setting_of(int column) {
  return QStringLiteral("%1/%2").arg(kColumnSettings, layer_columns()[static_cast<std::size_t>(column)].id);
}

}  // namespace

LayerColumns::LayerColumns(QTreeView& view) : QObject(&view), view_(view) {
  auto* header = view_.header();
  const int padding = 2 * (view_.style()->pixelMetric(QStyle::PM_FocusFrameHMargin, nullptr, &view_) + 1);
  header->setStretchLastSection(false);
  header->setResizeContentsPrecision(kMeasuredRows);
  header->setMinimumSectionSize(view_.fontMetrics().horizontalAdvance("0000"));
  const auto columns = layer_columns();
  for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
    const auto widest = QString::fromUtf8(columns[static_cast<std::size_t>(i)].widest);
    if (widest.isEmpty()) continue;
    const auto title = view_.model()->headerData(i, Qt::Horizontal).toString();
    const auto unit = view_.model()->headerData(i, Qt::Horizontal, LayerTreeModel::kUnitRole).toString();
    const auto letters = view_.fontMetrics();
    widths_[i] = std::max(letters.horizontalAdvance(title), letters.horizontalAdvance(widest)) + 2 * padding +
                 kSpacing;
    if (!unit.isEmpty()) units_[i] = letters.horizontalAdvance(QStringLiteral(", ") + unit);
    header->resizeSection(i, widths_[i]);
  }
  const QSettings settings;
  for (int column = 0; column < static_cast<int>(columns.size()); ++column)
    if (const auto chosen = settings.value(setting_of(column)); chosen.isValid())
      chosen_[column] = chosen.toBool();
  header->setContextMenuPolicy(Qt::CustomContextMenu);
  connect(header, &QWidget::customContextMenuRequested, this, [this, header](const QPoint& where) {
    auto* menu = this->menu();
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->popup(header->mapToGlobal(where));
  });
  view_.viewport()->installEventFilter(this);
  connect(view_.model(), &QAbstractItemModel::headerDataChanged, this, &LayerColumns::fit);
  // Thousands of rows are expanded at once: columns fit themselves once.
  fit_soon_.setSingleShot(true);
  fit_soon_.setInterval(0);
  connect(&fit_soon_, &QTimer::timeout, this, &LayerColumns::fit);
  for (const auto moved : {&QTreeView::expanded, &QTreeView::collapsed})
    connect(&view_, moved, &fit_soon_, qOverload<>(&QTimer::start));
}

QMenu* LayerColumns::menu() {
  auto* menu = new QMenu(&view_);
  for (int column = 0; column < view_.model()->columnCount(); ++column) {
    const auto place = place_of(view_, column);
    if (place == Place::always || place == Place::empty) continue;
    auto* action =
        menu->addAction(view_.model()->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
    action->setToolTip(view_.model()->headerData(column, Qt::Horizontal, Qt::ToolTipRole).toString());
    action->setCheckable(true);
    action->setChecked(!view_.isColumnHidden(column));
    connect(action, &QAction::triggered, this, [this, column](bool shown) {
      chosen_[column] = shown;
      QSettings().setValue(setting_of(column), shown);
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
  const int names = std::max(rows->sizeHintForColumn(kNames) + kSpacing, least);
  int left = view_.viewport()->width() - names;
  const auto show = [&](int column, bool shown) {
    view_.setColumnHidden(column, !shown);
    if (shown) left -= widths_.at(column);
  };
  std::vector<int> by_room;
  for (int column = kNames + 1; column < view_.model()->columnCount(); ++column) {
    const auto chosen = chosen_.find(column);
    const auto place = place_of(view_, column);
    if (place == Place::always || place == Place::empty)
      show(column, place == Place::always);
    else if (chosen != chosen_.end())
      show(column, chosen->second);
    else if (place == Place::wanted)
      show(column, true);
    else
      by_room.push_back(column);
  }
  bool fits = true;  // none before one that does not
  for (const int column : by_room) {
    fits = fits && widths_.at(column) <= left;
    show(column, fits);
  }
  for (const auto& [column, width] : units_) {
    const bool said = !view_.isColumnHidden(column) && width <= left;
    view_.model()->setHeaderData(column, Qt::Horizontal, said, LayerTreeModel::kUnitRole);
    header->resizeSection(column, widths_.at(column) + (said ? width : 0));
    if (said) left -= width;
  }
  // What is left goes to the names; where nothing is, they are elided, but not to nothing.
  header->resizeSection(kNames, std::max(names + left, least));
}

bool LayerColumns::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize) fit();
  return QObject::eventFilter(watched, event);
}

}  // namespace octet::ui
