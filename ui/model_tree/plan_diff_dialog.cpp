#include "ui/model_tree/plan_diff_dialog.h"

#include <QAction>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <set>
#include <tuple>

#include "core/plan/edit.h"
#include "ui/language/announce.h"
#include "ui/model_tree/layer_column.h"
#include "ui/theme/tab_order.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

enum Column { kName, kFirst, kSecond, kFirstBytes, kSecondBytes, kSaved, kColumns };
constexpr int kLayersRole = Qt::UserRole;  // QList<int>: of the table, those of the row

/// What a group is of, whatever it holds.
auto subject(const DifferenceGroup& group) { return std::tuple(group.component, group.first, group.second); }

QString size_text(std::uint64_t bytes) { return bytes_text(static_cast<double>(bytes)); }

/// "+1.2 MB", "−695 kB": what the second takes more.
QString change_text(std::uint64_t first, std::uint64_t second) {
  if (first == second) return QStringLiteral("0");
  return (second > first ? QStringLiteral("+") : QStringLiteral("−")) +
         size_text(second > first ? second - first : first - second);
}

}  // namespace

PlanDiffDialog::PlanDiffDialog(const Side& first, const Side& second, QWidget* parent)
    : QDialog(parent),
      sides_{first, second},
      summary_(new QLabel),
      grouping_(new QComboBox),
      tree_(new QTreeWidget),
      undo_(new QPushButton(tr("&Undo"))) {
  setObjectName("planDiff");
  setWindowTitle(tr("Plans %1 and %2").arg(first.name, second.name));
  resize(900, 600);
  summary_->setObjectName("planDiffSummary");
  summary_->setWordWrap(true);
  grouping_->setObjectName("planDiffGrouping");
  grouping_->addItem(tr("component"));
  grouping_->addItem(tr("what decides"));
  auto* label = new QLabel(tr("&Grouped by"));
  label->setBuddy(grouping_);
  makeTree();

  auto* column = new QVBoxLayout(this);
  auto* top = new QHBoxLayout;
  top->addWidget(summary_, 1);
  top->addWidget(label);
  top->addWidget(grouping_);
  column->addLayout(top);
  column->addWidget(tree_, 1);
  auto* buttons = makeButtons();
  column->addWidget(buttons);
  tab_as_seen(*buttons);
  connect(grouping_, &QComboBox::currentIndexChanged, this, &PlanDiffDialog::fill);
  for (const auto& side : sides_) {
    connect(side.editor, &PlanEditor::planChanged, this, &PlanDiffDialog::fill);
    connect(side.editor->undoStack(), &QUndoStack::canUndoChanged, this, &PlanDiffDialog::showWhatCanBeDone);
    connect(side.editor, &QObject::destroyed, this, &QDialog::reject);
  }
  fill();
  tree_->setFocus();
}

void PlanDiffDialog::makeTree() {
  const auto &first = sides_[0].name, &second = sides_[1].name;
  tree_->setObjectName("planDifferences");
  tree_->setAccessibleName(tr("What the plans treat differently. Enter shows a layer in the model."));
  tree_->setUniformRowHeights(true);
  tree_->setAlternatingRowColors(true);
  tree_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  tree_->setHeaderLabels({tr("Layers"), first, second, tr("%1, bytes").arg(first),
                          tr("%1, bytes").arg(second), tr("%1 − %2").arg(second, first)});
  tree_->header()->setStretchLastSection(false);
  tree_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  tree_->header()->setSectionResizeMode(kName, QHeaderView::Stretch);
  for (int column = kFirstBytes; column < kColumns; ++column)
    tree_->headerItem()->setTextAlignment(column, Qt::AlignRight);
  connect(tree_, &QTreeWidget::itemSelectionChanged, this, &PlanDiffDialog::showWhatCanBeDone);
  connect(tree_, &QTreeWidget::itemActivated, this, [this](const QTreeWidgetItem* item) {
    if (!item->parent()) return;
    const auto layer = static_cast<std::size_t>(item->data(0, kLayersRole).value<QList<int>>().front());
    Q_EMIT layerChosen(QString::fromStdString(sides_[0].editor->checkpoint().layers()[layer].name));
  });
}

QDialogButtonBox* PlanDiffDialog::makeButtons() {
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  for (const std::size_t into : {0U, 1U}) {
    const auto& other = sides_[1 - into].name;
    auto* button = new QPushButton(tr("Selection: make &%1 like %2").arg(sides_[into].name, other));
    button->setObjectName("takeOverInto" + sides_[into].name);
    button->setToolTip(
        tr("What is selected becomes in the plan %1 as it is in %2").arg(sides_[into].name, other));
    button->setAutoDefault(false);
    connect(button, &QPushButton::clicked, this, [this, into] { takeOver(into); });
    buttons->addButton(button, QDialogButtonBox::ActionRole);
    take_over_[into] = button;
  }
  undo_->setObjectName("undoTakeOver");
  undo_->setShortcut(QKeySequence::Undo);
  undo_->setAutoDefault(false);
  connect(undo_, &QPushButton::clicked, this, &PlanDiffDialog::undo);
  buttons->addButton(undo_, QDialogButtonBox::ActionRole);
  buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);  // Enter is the tree's
  return buttons;
}

void PlanDiffDialog::fill() {
  if (!sides_[0].editor || !sides_[1].editor) return;
  std::set<decltype(subject({}))> opened;
  for (int i = 0; i < tree_->topLevelItemCount(); ++i)
    if (tree_->topLevelItem(i)->isExpanded()) opened.insert(subject(groups_[static_cast<std::size_t>(i)]));
  const auto row = tree_->indexOfTopLevelItem(tree_->currentItem());
  tree_->clear();
  const auto &first = *sides_[0].editor, &second = *sides_[1].editor;
  const auto& layers = first.checkpoint().layers();
  const bool by_component = grouping_->currentIndex() == static_cast<int>(Grouping::component);
  groups_ = by_component ? differences_by_component(layers, first.resolved(), second.resolved())
                         : differences_by_decider(layers, first.resolved(), second.resolved());
  int count = 0;
  for (const auto& group : groups_) {
    addGroup(group)->setExpanded(opened.contains(subject(group)));
    count += static_cast<int>(group.layers.size());
  }
  const auto bytes = [](const PlanEditor& editor) { return size_text(editor.size().total().bytes); };
  const auto int8 = [](const PlanEditor& editor) {
    return QLocale().toString(qlonglong(editor.size().total().int8_layers));
  };
  announce(
      *summary_,
      count == 0
          ? tr("The plans do the same with every layer.")
          : tr("%n layers come out differently. %1: %2, %3 of them int8; %4: %5, %6 int8.", nullptr, count)
                .arg(sides_[0].name, bytes(first), int8(first), sides_[1].name, bytes(second), int8(second)));
  if (tree_->topLevelItemCount() > 0)
    tree_->setCurrentItem(tree_->topLevelItem(std::clamp(row, 0, tree_->topLevelItemCount() - 1)));
  colour();
  showWhatCanBeDone();
}

QString PlanDiffDialog::title(const DifferenceGroup& group) const {
  if (!group.component.empty()) return QString::fromStdString(group.component);
  const auto said = [](const Decider& decider, const PlanEditor& editor) {
    switch (decider.kind) {
      case Decider::Kind::base: return tr("base %1").arg(QString::fromUtf8(to_string(editor.plan().base)));
      case Decider::Kind::rule: return QString::fromStdString(decider.match);
      case Decider::Kind::layer: break;
    }
    return tr("set for the layer");
  };
  return tr("%1: %2   →   %3: %4")
      .arg(sides_[0].name, said(group.first, *sides_[0].editor), sides_[1].name,
           said(group.second, *sides_[1].editor));
}

QTreeWidgetItem* PlanDiffDialog::addGroup(const DifferenceGroup& group) {
  const auto &first = *sides_[0].editor, &second = *sides_[1].editor;
  const auto& table = first.checkpoint().layers();
  auto* item = new QTreeWidgetItem(tree_);
  const auto name = title(group);
  const auto count = tr("%n layers", nullptr, static_cast<int>(group.layers.size()));
  item->setText(kName, tr("%1   (%2)").arg(name, count));
  item->setToolTip(kName, item->text(kName));
  item->setText(kFirstBytes, size_text(group.first_bytes));
  item->setText(kSecondBytes, size_text(group.second_bytes));
  item->setText(kSaved, change_text(group.first_bytes, group.second_bytes));
  std::set<std::string> of_first, of_second;
  QList<int> all;
  for (const auto i : group.layers) {
    const LayerDifference difference{table[i].name, first.resolved().layers[i], second.resolved().layers[i]};
    const auto [a, b] = told_apart(difference);
    const auto bytes_a = written_bytes(table[i], difference.first.effective);
    const auto bytes_b = written_bytes(table[i], difference.second.effective);
    auto* row = new QTreeWidgetItem(
        item, {QString::fromStdString(table[i].name), QString::fromStdString(a), QString::fromStdString(b),
               size_text(bytes_a), size_text(bytes_b), change_text(bytes_a, bytes_b)});
    row->setToolTip(kFirst, QString::fromStdString(difference.first.reason));
    row->setToolTip(kSecond, QString::fromStdString(difference.second.reason));
    row->setData(0, kLayersRole, QVariant::fromValue(QList<int>{static_cast<int>(i)}));
    all << static_cast<int>(i);
    of_first.insert(a);
    of_second.insert(b);
  }
  item->setText(kFirst, of_first.size() == 1 ? QString::fromStdString(*of_first.begin()) : tr("mixed"));
  item->setText(kSecond, of_second.size() == 1 ? QString::fromStdString(*of_second.begin()) : tr("mixed"));
  item->setData(0, kLayersRole, QVariant::fromValue(all));
  auto bold = item->font(kName);
  bold.setBold(true);
  item->setFont(kName, bold);
  for (int child = -1; child < item->childCount(); ++child)
    for (int column = kFirstBytes; column < kColumns; ++column)
      (child < 0 ? item : item->child(child))->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
  return item;
}

std::vector<std::size_t> PlanDiffDialog::selected() const {
  std::set<std::size_t> layers;
  for (const auto* item : tree_->selectedItems())
    for (const int layer : item->data(0, kLayersRole).value<QList<int>>())
      layers.insert(static_cast<std::size_t>(layer));
  return {layers.begin(), layers.end()};
}

void PlanDiffDialog::takeOver(std::size_t into) {
  const auto layers = selected();
  if (layers.empty()) return;
  const auto& editor = sides_[into].editor;
  changed_ = editor;
  editor->takeOver(*sides_[1 - into].editor, sides_[1 - into].name, layers);
}

void PlanDiffDialog::undo() {
  if (changed_) changed_->undoStack()->undo();
}

void PlanDiffDialog::showWhatCanBeDone() {
  for (auto* button : take_over_) button->setEnabled(!tree_->selectedItems().isEmpty());
  const bool can = changed_ && changed_->undoStack()->canUndo();
  undo_->setEnabled(can);
  undo_->setToolTip(can ? tr("Undo: %1").arg(changed_->undoStack()->undoText()) : QString());
}

void PlanDiffDialog::colour() {
  for (int i = 0; i < tree_->topLevelItemCount(); ++i)
    for (int child = -1; child < tree_->topLevelItem(i)->childCount(); ++child) {
      auto* item = child < 0 ? tree_->topLevelItem(i) : tree_->topLevelItem(i)->child(child);
      for (const std::size_t side : {0U, 1U})
        item->setForeground(kFirst + static_cast<int>(side), run_colour(sides_[side].slot));
    }
}

void PlanDiffDialog::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) colour();
  QDialog::changeEvent(event);
}

}  // namespace octet::ui
