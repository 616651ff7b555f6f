#include "ui/model_tree/model_tree_panel.h"

#include <QAction>
#include <QApplication>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QResizeEvent>
#include <QShortcut>
#include <QStackedLayout>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include "ui/language/announce.h"
#include "ui/model_tree/bytes_bar.h"
#include "ui/model_tree/layer_columns.h"
#include "ui/model_tree/layer_delegate.h"
#include "ui/model_tree/layer_detail.h"
#include "ui/model_tree/layer_filter.h"
#include "ui/model_tree/layer_place.h"
#include "ui/model_tree/layer_tree_model.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

QToolButton* chip(const QString& text, const QString& tip) {
  auto* button = new QToolButton;
  button->setText(text);
  button->setToolTip(tip);
  button->setAccessibleName(tip);
  button->setCheckable(true);
  button->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  return button;
}

}  // namespace

ModelTreePanel::ModelTreePanel(QWidget* parent)
    : QWidget(parent),
      model_(new LayerTreeModel(this)),
      filter_(new LayerFilter(this)),
      search_(new QLineEdit),
      view_(new QTreeView),
      detail_(new QLabel),
      warning_(new QLabel),
      bytes_(new BytesBar),
      work_(new QWidget),
      empty_(new QLabel(tr("Open a checkpoint, or the demo voice,\nto see its layers here."))),
      pages_(new QStackedLayout(this)) {
  filter_->setSourceModel(model_);
  search_->setObjectName("layerSearch");
  search_->setPlaceholderText(tr("Find layers: resblock, or *.attn1.to_?"));
  search_->setClearButtonEnabled(true);
  search_->addAction(icon(Icon::search), QLineEdit::LeadingPosition);
  search_->setAccessibleName(tr("Find layers"));
  connect(search_, &QLineEdit::textChanged, this, &ModelTreePanel::showFilter);
  connect(search_, &QLineEdit::returnPressed, this, &ModelTreePanel::goToFirstFound);

  auto* chips = makeChips();
  makeTree();
  detail_->setObjectName("layerDetail");
  detail_->setWordWrap(true);
  detail_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  detail_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  detail_->setMinimumHeight(fontMetrics().height() * 6);
  detail_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Minimum);
  warning_->setWordWrap(true);
  warning_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Minimum);
  warning_->hide();

  auto* column = new QVBoxLayout(work_);
  column->setContentsMargins(2 * kSpacing, kSpacing, 2 * kSpacing, kSpacing);
  column->setSpacing(kSpacing);
  column->addWidget(search_);
  column->addLayout(chips);
  column->addWidget(view_, 1);
  column->addWidget(detail_);
  column->addWidget(warning_);
  column->addWidget(bytes_);
  empty_->setAlignment(Qt::AlignCenter);
  empty_->setForegroundRole(QPalette::PlaceholderText);
  pages_->addWidget(empty_);
  pages_->addWidget(work_);
}

void ModelTreePanel::setEditor(PlanEditor* editor, const PlanEditor* reference) {
  if (editor_) editor_->disconnect(this);
  const bool other_model = !editor || !editor_ || &editor->checkpoint() != &editor_->checkpoint();
  editor_ = editor;
  model_->setEditor(editor, reference ? reference->resolved() : ResolvedPlan());
  pages_->setCurrentWidget(editor ? work_ : empty_);
  if (!editor) return;
  connect(editor_, &PlanEditor::planChanged, this, [this] {
    showDetail();
    showSize();
    if (!int8_chip_->isChecked() && !different_chip_->isChecked()) return;
    filter_->invalidate();
    showCount();
  });
  if (other_model) {
    float_sizes_.clear();
    const auto& layers = editor->checkpoint().layers();
    for (const auto base : {Precision::fp32, Precision::bf16})
      float_sizes_.push_back({QString::fromUtf8(to_string(base)),
                              plan_size(layers, resolve(preset("all-base", base, false), layers))});
    showTopLevels();
    view_->setCurrentIndex(filter_->index(0, 0));
  }
  if (filter_->active()) filter_->invalidate();  // what was int8 or different may not be now
  showCount();
  columns_->fit();
  showDetail();
  showSize();
}

void ModelTreePanel::setWeightSnr(std::vector<float> decibels) { model_->setWeightSnr(std::move(decibels)); }

void ModelTreePanel::setDamages(std::vector<float> damages) { model_->setDamages(std::move(damages)); }

QLayout* ModelTreePanel::makeChips() {
  auto* chips = new QHBoxLayout;
  chips->setSpacing(kSpacing);
  types_ = new QPushButton(tr("All types"));
  types_->setToolTip(tr("Show layers of some types only"));
  types_->setObjectName("types");
  types_->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  auto* types = new QMenu(types_);
  for (const auto type : {LayerType::linear, LayerType::conv1d, LayerType::conv_transpose1d,
                          LayerType::conv2d, LayerType::embedding}) {
    auto* action = types->addAction(QString::fromUtf8(to_string(type)));
    action->setCheckable(true);
    action->setData(static_cast<int>(type));
    connect(action, &QAction::toggled, this, &ModelTreePanel::showFilter);
  }
  types_->setMenu(types);
  chips->addWidget(types_);
  int8_chip_ = chip(tr("int8"), tr("Show layers that are int8 under this plan"));
  different_chip_ = chip(tr("≠ A"), tr("Show layers that differ from plan A"));
  for (auto* button : {int8_chip_, different_chip_}) {
    chips->addWidget(button);
    connect(button, &QToolButton::toggled, this, &ModelTreePanel::showFilter);
  }
  chips->addStretch();
  count_ = new QLabel;
  count_->setObjectName("layerCount");
  count_->setForegroundRole(QPalette::PlaceholderText);
  chips->addWidget(count_);
  return chips;
}

void ModelTreePanel::makeTree() {
  view_->setObjectName("layers");
  view_->setAccessibleName(tr("Layers"));
  view_->setModel(filter_);
  view_->setItemDelegate(new LayerDelegate(view_));
  view_->setUniformRowHeights(true);
  view_->setAlternatingRowColors(true);
  view_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  view_->setContextMenuPolicy(Qt::CustomContextMenu);
  view_->setFrameShape(QFrame::NoFrame);
  view_->setIndentation(12);
  view_->setTextElideMode(Qt::ElideMiddle);  // activations1 and activations2 end differently
  columns_ = new LayerColumns(*view_);
  view_->viewport()->installEventFilter(this);
  connect(view_, &QWidget::customContextMenuRequested, this, &ModelTreePanel::showMenu);
  connect(view_->selectionModel(), &QItemSelectionModel::currentChanged, this,
          [this](const QModelIndex& current) {
            // A search may hide it; then the tree comes back to it.
            if (current.isValid()) chosen_ = filter_->mapToSource(current);
            showDetail();
            const auto layer = current.siblingAtColumn(0).data(LayerTreeModel::kLayerRole);
            Q_EMIT layerChosen(layer.isValid() ? layer.toInt() : -1);
          });
  const auto on_key = [this](const QKeySequence& key, auto what) {
    auto* action = new QAction(view_);
    action->setShortcut(key);
    action->setShortcutContext(Qt::WidgetShortcut);
    connect(action, &QAction::triggered, this, what);
    view_->addAction(action);
  };
  on_key(Qt::Key_I, [this] { choose(Precision::int8); });
  on_key(Qt::Key_B, [this] { choose(Precision::bf16); });
  on_key(Qt::Key_F, [this] { choose(Precision::fp32); });
  on_key(Qt::Key_Delete, [this] { backToRules(); });
  on_key(Qt::Key_Return, [this] { openMenu(view_->currentIndex()); });
  on_key(kInspectKey, [this] { Q_EMIT inspectionRequested(); });
  connect(view_, &QTreeView::clicked, this, [this](const QModelIndex& index) {
    const auto& column = layer_columns()[static_cast<std::size_t>(index.column())];
    if (column.offer && QApplication::keyboardModifiers() == Qt::NoModifier) openMenu(index);
  });

  no_match_ = new QLabel(tr("No layer is called so, or all are filtered out.\nEscape shows all again."));
  no_match_->setObjectName("noLayerMatches");
  no_match_->setAlignment(Qt::AlignCenter);
  no_match_->setWordWrap(true);
  no_match_->setForegroundRole(QPalette::PlaceholderText);
  no_match_->hide();
  auto* over = new QVBoxLayout(view_->viewport());
  over->addWidget(no_match_);
  auto* escape = new QShortcut(Qt::Key_Escape, this);
  escape->setContext(Qt::WidgetWithChildrenShortcut);
  connect(escape, &QShortcut::activated, this, &ModelTreePanel::clearFilter);
}

QMenu* ModelTreePanel::columnMenu() { return columns_->menu(); }

void ModelTreePanel::focusSearch() {
  search_->setFocus();
  search_->selectAll();
}

/// From the search to what it found, without the mouse.
void ModelTreePanel::goToFirstFound() {
  auto found = filter_->index(0, 0);
  while (found.isValid() && filter_->rowCount(found) > 0) found = filter_->index(0, 0, found);
  if (!found.isValid()) return;
  view_->setFocus();
  view_->setCurrentIndex(found);
}

void ModelTreePanel::revealLayer(const QString& name) {
  if (!editor_) return;
  const auto& layers = editor_->checkpoint().layers();
  const auto part = name.toStdString();
  auto found = std::ranges::find(layers, part, &Layer::name);
  const bool of_layer = found != layers.end();
  if (!of_layer)
    found =
        std::ranges::find_if(layers, [&](const Layer& layer) { return layer.name.starts_with(part + '.'); });
  if (found == layers.end()) return;
  auto source = model_->indexOfLayer(static_cast<int>(found - layers.begin()));
  // The row that all of a part is below: a chain of paths with one child is one row.
  while (!of_layer && source.parent().data(LayerTreeModel::kPathRole).toString().startsWith(name))
    source = source.parent();
  if (!filter_->mapFromSource(source).isValid()) search_->clear();
  const auto index = filter_->mapFromSource(source);
  view_->setCurrentIndex(index);
  view_->scrollTo(index, QAbstractItemView::PositionAtCenter);
  columns_->fit();
}

bool ModelTreePanel::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize && watched == view_->viewport()) {
    // What is said of the chosen row grows below the tree, which is not to hide it.
    const QRect before({}, static_cast<QResizeEvent*>(event)->oldSize());
    if (before.intersects(view_->visualRect(view_->currentIndex())))
      QMetaObject::invokeMethod(
          view_, [view = view_] { view->scrollTo(view->currentIndex()); }, Qt::QueuedConnection);
  }
  return QWidget::eventFilter(watched, event);
}

void ModelTreePanel::revealLayers(const QStringList& names) {
  QItemSelection all;
  for (const auto& name : names) {
    revealLayer(name);
    all.merge(view_->selectionModel()->selection(), QItemSelectionModel::Select);
  }
  view_->selectionModel()->select(all, QItemSelectionModel::ClearAndSelect);
}

void ModelTreePanel::showFilter() {
  std::set<LayerType> types;
  QStringList names;
  for (const auto* action : types_->menu()->actions()) {
    if (!action->isChecked()) continue;
    types.insert(static_cast<LayerType>(action->data().toInt()));
    names << action->text();
  }
  types_->setText(types.empty() ? tr("All types") : names.join(", "));
  const bool was_active = filter_->active();
  filter_->setTypes(types);
  filter_->setInt8Only(int8_chip_->isChecked());
  filter_->setDifferentOnly(different_chip_->isChecked());
  filter_->setText(search_->text());
  if (filter_->active()) {
    view_->expandAll();
  } else if (was_active) {
    showTopLevels();
    view_->setCurrentIndex(filter_->mapFromSource(chosen_));
    const auto current = view_->currentIndex();
    for (auto up = current.parent(); up.isValid(); up = up.parent()) view_->expand(up);
    view_->scrollTo(current);
  }
  showCount();
  columns_->fit();
}

void ModelTreePanel::showCount() {
  const bool active = editor_ && filter_->active();
  count_->setVisible(active);
  const bool none = active && filter_->rowCount() == 0;
  const bool first = none && no_match_->isHidden();
  no_match_->setVisible(none);
  if (first) announce(*no_match_);
  if (!active) return count_->clear();
  const auto below = [this](const auto& self, const QModelIndex& row) -> int {
    int layers = row.isValid() && row.data(LayerTreeModel::kLayerRole).toInt() >= 0 ? 1 : 0;
    for (int i = 0; i < filter_->rowCount(row); ++i) layers += self(self, filter_->index(i, 0, row));
    return layers;
  };
  const auto found = tr("%1 of %2")
                         .arg(QLocale().toString(below(below, {})),
                              QLocale().toString(editor_->checkpoint().layers().size()));
  none ? count_->setText(found) : announce(*count_, found);
}

void ModelTreePanel::clearFilter() {
  for (auto* action : types_->menu()->actions()) action->setChecked(false);
  int8_chip_->setChecked(false);
  different_chip_->setChecked(false);
  search_->clear();
}

void ModelTreePanel::showTopLevels() {
  view_->collapseAll();
  for (int row = 0; row < filter_->rowCount(); ++row) view_->expand(filter_->index(row, 0));
}

void ModelTreePanel::changeEvent(QEvent* event) {
  // Texts carry colours of the palette they were written under.
  if (event->type() == QEvent::PaletteChange && editor_) {
    showDetail();
    showSize();
  }
  QWidget::changeEvent(event);
}

void ModelTreePanel::showDetail() {
  const auto index = view_->currentIndex().siblingAtColumn(0);
  if (!editor_ || !index.isValid())
    return detail_->setText(tr("Choose a layer to see what is done with it, and why."));
  const auto path = index.data(LayerTreeModel::kPathRole).toString();
  const auto title = QStringLiteral("<b>%1</b><br>%2")
                         .arg(breadcrumb(path.toStdString()).toHtmlEscaped(),
                              place_in_words(path.toStdString()).toHtmlEscaped());
  const int number = index.data(LayerTreeModel::kLayerRole).toInt();
  if (number < 0) {
    const auto sums = index.data(LayerTreeModel::kSumsRole).value<LayerSums>();
    const QStringList lines{title,
                            tr("%n layers, %1 under this plan.", nullptr, sums.layers)
                                .arg(bytes_text(static_cast<double>(sums.bytes))),
                            tr("Press I, B or F to set all of them to int8, bf16 or fp32.")};
    return detail_->setText(lines.join(QStringLiteral("<br>")));
  }
  const auto layer = static_cast<std::size_t>(number);
  detail_->setText(title +
                   layer_detail(editor_->checkpoint().layers()[layer], editor_->resolved().layers[layer]));
}

void ModelTreePanel::showSize() {
  auto lines = float_sizes_;
  lines.push_back({tr("plan"), editor_->size()});
  bytes_->setLines(std::move(lines));
  QStringList warnings;
  for (const auto& warning : editor_->resolved().warnings)
    warnings << QString::fromStdString(warning).toHtmlEscaped();
  warning_->setVisible(!warnings.isEmpty());
  const auto said = QStringLiteral("<span style='color:%1'>%2</span>");
  announce(*warning_,
           warnings.isEmpty() ? QString() : said.arg(colours().caution.name(), warnings.join("<br>")));
}

}  // namespace octet::ui
