#include "ui/model_tree/layer_tree_model.h"

#include <QApplication>
#include <QFont>
#include <QLocale>
#include <algorithm>
#include <cmath>
#include <map>

#include "core/plan/layer_role.h"
#include "ui/language/sentences.h"
#include "ui/model_tree/method_text.h"
#include "ui/theme/theme.h"

namespace octet::ui {

namespace {

/// Of all layers, which no row has more of, whatever the plan.
float together(const std::vector<float>& damages) {
  float all = 0;
  for (const auto damage : damages)
    if (damage > 0) all = std::hypot(all, damage);
  return all;
}

/// Damages span orders of size.
float heat_of(float damage, float most) {
  if (std::isnan(damage) || damage <= kNextToNoDamage) return 0;
  return std::min(std::log(damage / kNextToNoDamage) / std::log(most / kNextToNoDamage), 1.F);
}

}  // namespace

struct LayerTreeModel::Node {
  QString label;
  std::string path;
  int layer = -1;  ///< in the table; -1: a path
  int row = 0;
  Node* parent = nullptr;
  std::vector<std::unique_ptr<Node>> children;

  LayerSums sums;  ///< summed up again after each edit
};

LayerTreeModel::LayerTreeModel(QObject* parent)
    : QAbstractItemModel(parent), root_(std::make_unique<Node>()) {}
LayerTreeModel::~LayerTreeModel() = default;

void LayerTreeModel::setEditor(PlanEditor* editor, const ResolvedPlan& reference) {
  const bool same_layers = editor && editor_ && &editor->checkpoint() == &editor_->checkpoint();
  if (editor_) editor_->disconnect(this);
  editor_ = editor;
  reference_ = reference;
  if (editor_) connect(editor_, &PlanEditor::planChanged, this, &LayerTreeModel::refresh);
  if (same_layers) return refresh();
  beginResetModel();
  snr_.clear();
  damages_.clear();
  build();
  sumUp();
  endResetModel();
}

void LayerTreeModel::build() {
  root_ = std::make_unique<Node>();
  of_layer_.clear();
  if (!editor_) return;
  const auto& table = editor_->checkpoint().layers();
  std::map<std::string, Node*> of_path;
  for (std::size_t i = 0; i < table.size(); ++i) {
    auto* node = root_.get();
    const auto& name = table[i].name;
    for (std::size_t end = 0; end != std::string::npos;) {
      end = name.find('.', end == 0 ? 0 : end + 1);
      const auto path = name.substr(0, end);
      auto& child = of_path[path];
      if (!child) {
        auto made = std::make_unique<Node>();
        made->path = path;
        made->label = QString::fromStdString(path.substr(node->path.empty() ? 0 : node->path.size() + 1));
        made->parent = node;
        child = made.get();
        node->children.push_back(std::move(made));
      }
      node = child;
    }
    node->layer = static_cast<int>(i);
    of_layer_.push_back(node);
  }
  // A path with one child says nothing of its own.
  const auto join = [](const auto& self, Node& node) -> void {
    for (auto& child : node.children) {
      while (child->layer < 0 && child->children.size() == 1 && child->parent->parent) {
        auto only = std::move(child->children.front());
        only->label = child->label + '.' + only->label;
        only->parent = child->parent;
        child = std::move(only);
      }
      self(self, *child);
    }
    for (std::size_t row = 0; row < node.children.size(); ++row)
      node.children[row]->row = static_cast<int>(row);
  };
  join(join, *root_);
}

void LayerTreeModel::sumUp() {
  if (!editor_) return;
  const auto& table = editor_->checkpoint().layers();
  const auto& resolved = editor_->resolved();
  const float most_damage = together(damages_);
  const bool compares = reference_.layers.size() == table.size();
  const auto sum = [&](const auto& self, Node& node) -> void {
    auto& sums = node.sums = {};
    if (node.layer >= 0) {
      const auto i = static_cast<std::size_t>(node.layer);
      const auto& effective = resolved.layers[i].effective;
      sums.layers = 1;
      sums.parameters = table[i].parameters();
      sums.bytes = written_bytes(table[i], effective);
      if (i < damages_.size()) sums.damage = damages_[i];
      sums.damaged = effective.storage == Precision::int8 && !std::isnan(sums.damage);
      if (table[i].quantizable()) {
        sums.precisions[effective.storage] = element_count(table[i].weight().shape);
        sums.differs = compares && effective != reference_.layers[i].effective;
        if (effective.storage == Precision::int8) sums.methods.insert(method_text(effective));
      }
    }
    for (auto& child : node.children) {
      self(self, *child);
      sums.layers += child->sums.layers;
      sums.parameters += child->sums.parameters;
      sums.bytes += child->sums.bytes;
      for (const auto& [precision, elements] : child->sums.precisions) sums.precisions[precision] += elements;
      sums.differs |= child->sums.differs;
      sums.methods.insert(child->sums.methods.begin(), child->sums.methods.end());
    }
    if (node.layer < 0) addDamages(node);
    sums.heat = heat_of(sums.damage, most_damage);
  };
  sum(sum, *root_);
}

void LayerTreeModel::addDamages(Node& node) {
  auto& sums = node.sums;
  sums.damaged = std::ranges::any_of(node.children, [](const auto& child) { return child->sums.damaged; });
  for (const auto& child : node.children) {
    const auto& more = child->sums;
    if (more.damaged != sums.damaged || std::isnan(more.damage)) continue;
    sums.damage = std::isnan(sums.damage) ? more.damage : std::hypot(sums.damage, more.damage);
  }
}

// Views ask again for what they show and nothing else, so one signal per level of the tree is enough.
void LayerTreeModel::refresh() {
  const auto before = places();
  sumUp();
  const auto tell = [this](const auto& self, const Node& node, const QModelIndex& index) -> void {
    if (node.children.empty()) return;
    const auto last = static_cast<int>(node.children.size()) - 1;
    Q_EMIT dataChanged(this->index(0, 0, index), this->index(last, columnCount() - 1, index));
    for (const auto& child : node.children) self(self, *child, this->index(child->row, 0, index));
  };
  tell(tell, *root_, {});
  if (places() != before) Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
}

std::vector<LayerColumn::Place> LayerTreeModel::places() const {
  std::vector<LayerColumn::Place> places;
  for (const auto& column : layer_columns()) places.push_back(column.place(root_->sums));
  return places;
}

void LayerTreeModel::setWeightSnr(std::vector<float> decibels) {
  snr_ = std::move(decibels);
  refresh();
}

void LayerTreeModel::setDamages(std::vector<float> damages) {
  damages_ = std::move(damages);
  refresh();
}

LayerTreeModel::Node* LayerTreeModel::nodeOf(const QModelIndex& index) const {
  return index.isValid() ? static_cast<Node*>(index.internalPointer()) : root_.get();
}

std::vector<int> LayerTreeModel::layersBelow(const QModelIndex& index) const {
  std::vector<int> layers;
  const auto collect = [&](const auto& self, const Node& node) -> void {
    if (node.layer >= 0) layers.push_back(node.layer);
    for (const auto& child : node.children) self(self, *child);
  };
  collect(collect, *nodeOf(index));
  return layers;
}

QModelIndex LayerTreeModel::indexOfLayer(int layer) const {
  if (layer < 0 || layer >= static_cast<int>(of_layer_.size())) return {};
  auto* node = of_layer_[static_cast<std::size_t>(layer)];
  return createIndex(node->row, 0, node);
}

QModelIndex LayerTreeModel::index(int row, int column, const QModelIndex& parent) const {
  const auto* node = nodeOf(parent);
  if (row < 0 || column < 0 || column >= columnCount() || row >= static_cast<int>(node->children.size()))
    return {};
  return createIndex(row, column, node->children[static_cast<std::size_t>(row)].get());
}

QModelIndex LayerTreeModel::parent(const QModelIndex& index) const {
  if (!index.isValid()) return {};
  auto* parent = nodeOf(index)->parent;
  return parent == root_.get() ? QModelIndex() : createIndex(parent->row, 0, parent);
}

int LayerTreeModel::rowCount(const QModelIndex& parent) const {
  return parent.column() > 0 ? 0 : static_cast<int>(nodeOf(parent)->children.size());
}

int LayerTreeModel::columnCount(const QModelIndex&) const { return static_cast<int>(layer_columns().size()); }

namespace {

/// "12 % fp32, 88 % int8": what a bar of several parts shows; empty for one part.
QString shares_text(const LayerSums& sums) {
  if (sums.precisions.size() < 2) return {};
  double all = 0;
  for (const auto& [precision, elements] : sums.precisions) all += static_cast<double>(elements);
  QStringList shares;
  for (const auto& [precision, elements] : sums.precisions)
    shares << LayerTreeModel::tr("%1 % %2").arg(
        QLocale().toString(100 * static_cast<double>(elements) / all, 'f', 0),
        QString::fromUtf8(to_string(precision)));
  return LayerTreeModel::tr("Weights: %1").arg(shares.join(QStringLiteral(", ")));
}

}  // namespace

LayerRow LayerTreeModel::rowOf(const Node& node) const {
  const auto i = static_cast<std::size_t>(node.layer);
  const bool is_layer = node.layer >= 0;
  return {node.label, is_layer ? &editor_->checkpoint().layers()[i] : nullptr,
          is_layer ? &editor_->resolved().layers[i] : nullptr, node.sums,
          is_layer && i < snr_.size() ? snr_[i] : std::nanf("")};
}

QString LayerTreeModel::tooltip(const Node& node) const {
  const auto path = QString::fromStdString(node.path);
  QStringList lines;
  if (node.layer < 0) {
    lines << tr("%1: %n layers, %2", nullptr, node.sums.layers)
                 .arg(path, bytes_text(static_cast<double>(node.sums.bytes)));
    lines << shares_text(node.sums);
  } else {
    const auto& resolution = editor_->resolved().layers[static_cast<std::size_t>(node.layer)];
    lines << path
          << tr("requested %1, effective %2")
                 .arg(QString::fromUtf8(to_string(resolution.requested.storage)),
                      QString::fromUtf8(to_string(resolution.effective.storage)))
          << QString::fromStdString(resolution.reason);
  }
  if (!node.sums.methods.empty())
    lines << tr("int8 by %1").arg(listed({node.sums.methods.begin(), node.sums.methods.end()}));
  if (!std::isnan(node.sums.damage))
    lines << (node.sums.damaged ? tr("damage: %1") : tr("damage if int8: %1"))
                 .arg(damage_text(node.sums.damage));
  if (node.layer < 0 || !node.sums.precisions.empty())
    lines << tr("Click the precision to change it, or press I (int8), B (bf16), F (fp32).");
  lines.removeAll(QString());
  return lines.join(QLatin1Char('\n'));
}

QVariant LayerTreeModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || !editor_) return {};
  const auto& node = *nodeOf(index);
  const auto row = rowOf(node);
  const auto& column = layer_columns()[static_cast<std::size_t>(index.column())];
  const bool decided = row.layer && row.layer->quantizable();
  switch (role) {
    case Qt::DisplayRole: return column.text(row);
    case Qt::ToolTipRole: return tooltip(node);
    case Qt::TextAlignmentRole: return QVariant(column.alignment);
    case Qt::FontRole:
      if (row.layer == nullptr && column.heads) {
        auto font = QApplication::font();
        font.setWeight(QFont::DemiBold);
        return font;
      }
      return {};
    case Qt::ForegroundRole:
      return column.muted && column.muted(row) ? QVariant(colours().muted) : QVariant();
    case Qt::AccessibleTextRole: return column.spoken ? column.spoken(row) : column.text(row);
    case kLayerRole: return node.layer;
    case kPathRole: return QString::fromStdString(node.path);
    case kProtectedRole: return decided && role_of(*row.layer).protection != Protection::none;
    case kDifferentRole: return node.sums.differs;
    case kValueRole: return column.value ? column.value(row) : QVariant(column.text(row));
    case kTypeRole: return row.layer ? QVariant(static_cast<int>(row.layer->type)) : QVariant();
    case kInt8Role: return decided && row.resolution->effective.storage == Precision::int8;
    case kSumsRole: return QVariant::fromValue(node.sums);
    default: return {};
  }
}

QVariant LayerTreeModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  const auto& column = layer_columns()[static_cast<std::size_t>(section)];
  const auto said = [](const char* text) {
    return QCoreApplication::translate("octet::ui::LayerColumn", text);
  };
  if (role == kPlaceRole) return static_cast<int>(column.place(root_->sums));
  if (role == Qt::DisplayRole)
    return units_said_.contains(section) ? QStringLiteral("%1, %2").arg(said(column.title), column.unit)
                                         : said(column.title);
  if (role == kUnitRole) return QString::fromUtf8(column.unit);
  if (role == Qt::ToolTipRole) return said(column.meaning);
  if (role == Qt::TextAlignmentRole) return QVariant(column.alignment);
  return {};
}

bool LayerTreeModel::setHeaderData(int section, Qt::Orientation orientation, const QVariant& value,
                                   int role) {
  if (orientation != Qt::Horizontal || role != kUnitRole) return false;
  if (value.toBool() == units_said_.contains(section)) return true;
  if (value.toBool())
    units_said_.insert(section);
  else
    units_said_.erase(section);
  Q_EMIT headerDataChanged(orientation, section, section);
  return true;
}

}  // namespace octet::ui
