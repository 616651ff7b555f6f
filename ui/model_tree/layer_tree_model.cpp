#include "ui/model_tree/layer_tree_model.h"

#include <QApplication>
#include <QFont>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/plan/layer_role.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

namespace octet::ui {

struct LayerTreeModel::Node {
  QString label;
  std::string path;
  int layer = -1;  ///< in the table; -1: a path
  int row = 0;
  Node* parent = nullptr;
  std::vector<std::unique_ptr<Node>> children;

  // Sums of all below, itself included; what depends on the plan is summed up again after each edit.
  int layers = 0;
  std::int64_t parameters = 0;
  std::uint64_t bytes = 0;
  std::set<Precision> precisions;  ///< of layers whose weight a plan decides about
  bool differs = false;
};

namespace {

QString shape_text(const Shape& shape) {
  QStringList sizes;
  for (const auto size : shape) sizes << QString::number(size);
  return sizes.join(QStringLiteral(" × "));
}

QString scaled(double value, const char* const (&units)[4]) {
  int step = 0;
  while (step < 3 && value >= 999.5) {
    value /= 1000;
    ++step;
  }
  const int decimals = step == 0 || value >= 99.95 ? 0 : 1;
  return QString::number(value, 'f', decimals) + QString::fromUtf8(units[step]);
}

}  // namespace

QString count_text(double count) { return scaled(count, {"", "\u202fk", "\u202fM", "\u202fG"}); }
QString bytes_text(double bytes) { return scaled(bytes, {"\u202fB", "\u202fkB", "\u202fMB", "\u202fGB"}); }

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
  const bool compares = reference_.layers.size() == table.size();
  const auto sum = [&](const auto& self, Node& node) -> void {
    node.layers = 0;
    node.parameters = 0;
    node.bytes = 0;
    node.precisions.clear();
    node.differs = false;
    if (node.layer >= 0) {
      const auto i = static_cast<std::size_t>(node.layer);
      node.layers = 1;
      node.parameters = table[i].parameters();
      node.bytes = written_bytes(table[i], resolved.layers[i].effective);
      if (table[i].quantizable()) node.precisions.insert(resolved.layers[i].effective.storage);
      node.differs = compares && table[i].quantizable() &&
                     resolved.layers[i].effective != reference_.layers[i].effective;
    }
    for (auto& child : node.children) {
      self(self, *child);
      node.layers += child->layers;
      node.parameters += child->parameters;
      node.bytes += child->bytes;
      node.precisions.insert(child->precisions.begin(), child->precisions.end());
      node.differs |= child->differs;
    }
  };
  sum(sum, *root_);
}

// Views ask again for what they show and nothing else, so one signal per level of the tree is enough.
void LayerTreeModel::refresh() {
  sumUp();
  const auto tell = [this](const auto& self, const Node& node, const QModelIndex& index) -> void {
    if (node.children.empty()) return;
    const auto last = static_cast<int>(node.children.size()) - 1;
    Q_EMIT dataChanged(this->index(0, 0, index), this->index(last, kColumns - 1, index));
    for (const auto& child : node.children) self(self, *child, this->index(child->row, 0, index));
  };
  tell(tell, *root_, {});
}

void LayerTreeModel::setWeightSnr(std::vector<float> decibels) {
  snr_ = std::move(decibels);
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
  if (row < 0 || column < 0 || column >= kColumns || row >= static_cast<int>(node->children.size()))
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

int LayerTreeModel::columnCount(const QModelIndex&) const { return kColumns; }

QString LayerTreeModel::precisionText(const Node& node) const {
  if (node.precisions.empty()) return {};
  if (node.precisions.size() > 1) return tr("mixed");
  return QString::fromUtf8(to_string(*node.precisions.begin()));
}

QString LayerTreeModel::tooltip(const Node& node) const {
  if (node.layer < 0)
    return tr("%1: %n layers, %2", nullptr, node.layers)
        .arg(QString::fromStdString(node.path), bytes_text(static_cast<double>(node.bytes)));
  const auto& resolution = editor_->resolved().layers[static_cast<std::size_t>(node.layer)];
  return tr("%1\nrequested %2, effective %3\n%4")
      .arg(QString::fromStdString(node.path), QString::fromUtf8(to_string(resolution.requested.storage)),
           QString::fromUtf8(to_string(resolution.effective.storage)),
           QString::fromStdString(resolution.reason));
}

QVariant LayerTreeModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || !editor_) return {};
  const auto& node = *nodeOf(index);
  const auto* layer =
      node.layer < 0 ? nullptr : &editor_->checkpoint().layers()[static_cast<std::size_t>(node.layer)];
  const auto* resolution =
      node.layer < 0 ? nullptr : &editor_->resolved().layers[static_cast<std::size_t>(node.layer)];
  const auto snr = layer && static_cast<std::size_t>(node.layer) < snr_.size()
                       ? snr_[static_cast<std::size_t>(node.layer)]
                       : std::nanf("");
  const bool is_protected = layer && layer->quantizable() && role_of(*layer).protection != Protection::none;
  switch (role) {
    case Qt::DisplayRole:
      switch (index.column()) {
        case kName: return node.label;
        case kType: return layer ? QString::fromUtf8(to_string(layer->type)) : QString();
        case kShape:
          return layer && !layer->tensors.empty() ? shape_text(layer->tensors.front().shape) : QString();
        case kParameters: return count_text(static_cast<double>(node.parameters));
        case kBytes: return bytes_text(static_cast<double>(node.bytes));
        case kPrecision: return precisionText(node);
        case kSnr: return std::isnan(snr) ? QString() : tr("%1 dB").arg(snr, 0, 'f', 1);
        default: return {};
      }
    case Qt::DecorationRole:
      if (index.column() == kPrecision && is_protected && resolution->effective.storage != Precision::int8)
        return icon(Icon::lock);
      return {};
    case Qt::ToolTipRole: return tooltip(node);
    case Qt::TextAlignmentRole:
      return QVariant(index.column() >= kParameters && index.column() != kPrecision
                          ? Qt::AlignRight | Qt::AlignVCenter
                          : Qt::AlignLeft | Qt::AlignVCenter);
    case Qt::FontRole:
      if (layer == nullptr && index.column() == kName) {
        auto font = QApplication::font();
        font.setWeight(QFont::DemiBold);
        return font;
      }
      return {};
    case Qt::ForegroundRole:
      if (index.column() == kPrecision)
        return precisionText(node) == QLatin1String("int8")   ? QVariant(run_colour(1))
               : precisionText(node) == QLatin1String("fp32") ? QVariant(run_colour(0))
                                                              : QVariant();
      if (index.column() == kType || index.column() == kShape) return colours().muted;
      return {};
    case Qt::AccessibleTextRole:
      if (index.column() != kName) return data(index, Qt::DisplayRole);
      return QStringLiteral("%1 %2").arg(node.label, precisionText(node)).trimmed();
    case kLayerRole: return node.layer;
    case kPathRole: return QString::fromStdString(node.path);
    case kProtectedRole: return is_protected;
    case kDifferentRole: return node.differs;
    case kSortRole:
      switch (index.column()) {
        case kParameters: return QVariant::fromValue(static_cast<qlonglong>(node.parameters));
        case kBytes: return QVariant::fromValue(static_cast<qulonglong>(node.bytes));
        case kSnr: return snr;
        default: return data(index, Qt::DisplayRole);
      }
    default: return {};
  }
}

QVariant LayerTreeModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  static const struct {
    const char* title;
    const char* meaning;
  } columns[kColumns] = {
      {QT_TR_NOOP("Layer"), QT_TR_NOOP("Module path in the model")},
      {QT_TR_NOOP("Type"), QT_TR_NOOP("What PyTorch calls the module")},
      {QT_TR_NOOP("Shape"), QT_TR_NOOP("Of the weight, output channels first (second for ConvTranspose1d)")},
      {QT_TR_NOOP("Params"), QT_TR_NOOP("Values held by the layer")},
      {QT_TR_NOOP("Bytes"), QT_TR_NOOP("Under this plan, scales included")},
      {QT_TR_NOOP("Precision"), QT_TR_NOOP("Of the weight, under this plan. Keys: I int8, B bf16, F fp32")},
      {QT_TR_NOOP("SNR"), QT_TR_NOOP("Of the int8 weight against the exact one")},
  };
  if (role == Qt::DisplayRole) return tr(columns[section].title);
  if (role == Qt::ToolTipRole) return tr(columns[section].meaning);
  if (role == Qt::TextAlignmentRole && section >= kParameters && section != kPrecision)
    return QVariant(Qt::AlignRight | Qt::AlignVCenter);
  return {};
}

}  // namespace octet::ui
