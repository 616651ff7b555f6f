// What is done with the layers that are selected.

#include <QMenu>
#include <QTreeView>

#include "ui/model_tree/layer_choices.h"
#include "ui/model_tree/layer_filter.h"
#include "ui/model_tree/layer_tree_model.h"
#include "ui/model_tree/model_tree_panel.h"

namespace octet::ui {
namespace {

/// As a menu shows it at its right.
QString with_key(const QString& text, const QKeySequence& key) {
  return QStringLiteral("%1\t%2").arg(text, key.toString(QKeySequence::NativeText));
}

/// What a row offers, wherever it is clicked.
const LayerColumn& first_offering() {
  return *std::ranges::find_if(layer_columns(),
                               [](const LayerColumn& column) { return column.offer != nullptr; });
}

}  // namespace

std::vector<int> ModelTreePanel::selectedLayers() const {
  std::vector<int> layers;
  for (const auto& index : view_->selectionModel()->selectedRows()) {
    const auto below = model_->layersBelow(filter_->mapToSource(index));
    layers.insert(layers.end(), below.begin(), below.end());
  }
  std::ranges::sort(layers);
  const auto repeated = std::ranges::unique(layers);
  layers.erase(repeated.begin(), repeated.end());
  return layers;
}

void ModelTreePanel::choose(Precision precision) { apply({.precision = precision}); }
void ModelTreePanel::force(Precision precision) { apply({.precision = precision, .force = true}); }

/// When one whole path is selected, and all of it is seen: a rule says that best, also for models with more
/// layers.
std::optional<std::string> ModelTreePanel::wholePath() const {
  const auto rows = view_->selectionModel()->selectedRows();
  if (rows.size() != 1 || filter_->active() || rows.front().data(LayerTreeModel::kLayerRole).toInt() >= 0)
    return {};
  return rows.front().data(LayerTreeModel::kPathRole).toString().toStdString();
}

std::vector<std::string> ModelTreePanel::chosenNames() const { return namesSeen(selectedLayers()); }

/// Of these layers, those that a plan decides about and that are seen.
std::vector<std::string> ModelTreePanel::namesSeen(const std::vector<int>& layers) const {
  const auto& table = editor_->checkpoint().layers();
  std::vector<std::string> names;
  for (const int layer : layers) {
    const auto& chosen = table[static_cast<std::size_t>(layer)];
    if (!chosen.quantizable()) continue;
    const auto at = filter_->mapFromSource(model_->indexOfLayer(layer));
    if (at.isValid()) names.push_back(chosen.name);  // what the filter hides is not meant
  }
  return names;
}

std::vector<std::string> ModelTreePanel::foundLayers() const {
  return editor_ && filter_->active() ? namesSeen(model_->layersBelow({})) : std::vector<std::string>();
}

void ModelTreePanel::apply(const Choice& choice) {
  if (!editor_) return;
  if (const auto path = wholePath()) return editor_->chooseBelow(*path, choice);
  editor_->choose(chosenNames(), choice);
}

QMenu* ModelTreePanel::menuOf(const LayerColumn& column) {
  auto* menu = new QMenu(this);
  if (!editor_) return menu;
  const auto path = wholePath();
  const auto names = path ? std::vector<std::string>() : chosenNames();
  std::vector<int> layers = selectedLayers();
  if (!path) {
    const auto& table = editor_->checkpoint().layers();
    std::erase_if(layers, [&](int layer) {
      return std::ranges::find(names, table[static_cast<std::size_t>(layer)].name) == names.end();
    });
  }
  const auto planned = [this, path, names](const Choice& choice) {
    return path ? editor_->plannedBelow(*path, choice) : editor_->planned(names, choice);
  };
  column.offer(*menu,
               {*editor_, std::move(layers), planned, [this](const Choice& choice) { apply(choice); }});
  if (menu->isEmpty()) return menu;
  const auto meant = path                ? QString::fromStdString(*path)
                     : names.size() == 1 ? QString::fromStdString(names.front())
                                         : tr("%n layers", nullptr, static_cast<int>(names.size()));
  // No section: styles cut its text to the width of what is below.
  auto* first = menu->actions().front();
  auto* title = new QAction(meant, menu);
  title->setEnabled(false);
  menu->insertAction(first, title);
  menu->insertSeparator(first);
  return menu;
}

QMenu* ModelTreePanel::precisionMenu() {
  auto* menu = menuOf(first_offering());
  menu->setObjectName("precisionMenu");
  return menu;
}

/// Below the cell of the row, as the menu of a combo box. Where the cell offers nothing, the row does.
void ModelTreePanel::openMenu(const QModelIndex& index) {
  if (!index.isValid()) return;
  const auto columns = layer_columns();
  const auto& of_cell = columns[static_cast<std::size_t>(index.column())];
  const auto& column = of_cell.offer ? of_cell : first_offering();
  const auto cell = view_->visualRect(index.siblingAtColumn(static_cast<int>(&column - columns.data())));
  auto* menu = menuOf(column);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  if (menu->isEmpty()) return delete menu;
  menu->popup(view_->viewport()->mapToGlobal(cell.bottomLeft()));
}

void ModelTreePanel::backToRules() {
  if (!editor_) return;
  if (const auto path = wholePath()) return editor_->clearBelow(*path);
  std::vector<std::string> names;
  for (const int layer : selectedLayers())
    names.push_back(editor_->checkpoint().layers()[static_cast<std::size_t>(layer)].name);
  editor_->clearOverrides(names);
}

void ModelTreePanel::selectSameShape() {
  const auto current = view_->currentIndex().siblingAtColumn(0).data(LayerTreeModel::kLayerRole).toInt();
  if (!editor_ || current < 0) return;
  const auto& table = editor_->checkpoint().layers();
  const auto& like = table[static_cast<std::size_t>(current)];
  if (!like.quantizable()) return;
  QItemSelection selection;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].type != like.type || table[i].weight().shape != like.weight().shape) continue;
    const auto index = filter_->mapFromSource(model_->indexOfLayer(static_cast<int>(i)));
    if (!index.isValid()) continue;
    for (auto up = index.parent(); up.isValid(); up = up.parent()) view_->expand(up);
    selection.select(index, index.siblingAtColumn(model_->columnCount() - 1));
  }
  view_->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
}

void ModelTreePanel::showMenu(const QPoint& where) {
  const auto index = view_->indexAt(where).siblingAtColumn(0);
  if (!editor_ || !index.isValid()) return;
  auto* menu = precisionMenu();
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addSeparator();
  menu->addAction(with_key(tr("Back to the rules"), Qt::Key_Delete), this, &ModelTreePanel::backToRules);
  menu->addSeparator();
  const int number = index.data(LayerTreeModel::kLayerRole).toInt();
  if (number >= 0) {
    menu->addAction(with_key(tr("Look into this layer"), kInspectKey), this,
                    &ModelTreePanel::inspectionRequested);
    menu->addAction(tr("Select all of this shape"), this, &ModelTreePanel::selectSameShape);
  }
  menu->addSeparator();
  menu->addAction(tr("Expand all"), view_, &QTreeView::expandAll);
  menu->addAction(tr("Collapse all"), view_, &QTreeView::collapseAll);
  menu->popup(view_->viewport()->mapToGlobal(where));
}

}  // namespace octet::ui
