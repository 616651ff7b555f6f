#include "ui/export/export_parts.h"

#include <QHeaderView>
#include <QLocale>
#include <QRadioButton>
#include <QSignalBlocker>
#include <QTreeWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "core/plan/size.h"
#include "ui/language/symbols.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

enum PartColumn { kPart, kInt8, kSize };

QString person_name(const std::string& component) {
  if (component == "tokenizer") return ExportParts::tr("Speech tokenizer");
  if (component == "speaker_encoder") return ExportParts::tr("Speaker encoder");
  if (component == "flow") return ExportParts::tr("Flow");
  if (component == "mel2wav") return ExportParts::tr("Vocoder");
  return QString::fromStdString(component);
}

QString purpose(const std::string& component) {
  if (component == "tokenizer") return ExportParts::tr("recorded speech to tokens");
  if (component == "speaker_encoder") return ExportParts::tr("a voice from a recording");
  if (component == "flow") return ExportParts::tr("tokens to a spectrogram");
  if (component == "mel2wav") return ExportParts::tr("a spectrogram to sound");
  return {};
}

const std::vector<std::string>& needed_for_synthesis() {
  static const std::vector<std::string> names{"flow", "mel2wav"};
  return names;
}

bool holds(const std::vector<std::string>& all, const std::string& name) {
  return std::ranges::find(all, name) != all.end();
}

}  // namespace

QString megabytes(std::uint64_t bytes) { return with_unit(double(bytes) / 1e6, 1, "MB"); }

void fit_rows(QTreeWidget& list) {
  constexpr int kPadding = 2 * kSpacing;
  const int row = list.fontMetrics().height() + kPadding;
  for (int i = 0; i < list.topLevelItemCount(); ++i) list.topLevelItem(i)->setSizeHint(0, QSize(0, row));
  list.setFixedHeight(list.header()->sizeHint().height() + list.topLevelItemCount() * row +
                      2 * list.frameWidth() + 2);
}

ExportParts::ExportParts(std::shared_ptr<const Checkpoint> checkpoint, const ResolvedPlan& resolved,
                         QWidget* parent)
    : QWidget(parent), checkpoint_(std::move(checkpoint)), list_(new QTreeWidget) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2 * kSpacing);
  const auto choice = [&](const QString& text, const char* name) {
    auto* button = new QRadioButton(text);
    button->setObjectName(name);
    column->addWidget(button);
    return button;
  };
  whole_ = choice(tr("&Everything the checkpoint holds"), "exportWhole");
  synthesis_ = choice(tr("Only what s&ynthesis needs: flow and vocoder"), "exportSynthesis");
  synthesis_->setToolTip(
      tr("For servers that get tokens from a language model and have their voices prepared"));
  own_ = choice(tr("&Parts of my choice"), "exportOwn");
  const auto& held = checkpoint_->components();
  synthesis_->setEnabled(
      std::ranges::all_of(needed_for_synthesis(), [&](const auto& name) { return holds(held, name); }));
  connect(whole_, &QRadioButton::clicked, this, [this] { choose(checkpoint_->components()); });
  connect(synthesis_, &QRadioButton::clicked, this, [this] { choose(needed_for_synthesis()); });
  fill(resolved);
  column->addWidget(list_);
  connect(list_, &QTreeWidget::itemChanged, this, &ExportParts::showChoice);
  showChoice();
}

void ExportParts::fill(const ResolvedPlan& resolved) {
  list_->setObjectName("exportParts");
  list_->setAccessibleName(tr("Parts of the checkpoint that go in"));
  list_->setHeaderLabels({tr("Part"), tr("int8 layers"), tr("Size")});
  list_->setRootIsDecorated(false);
  list_->setAlternatingRowColors(true);
  list_->setSelectionMode(QAbstractItemView::NoSelection);
  list_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  list_->header()->setSectionResizeMode(kPart, QHeaderView::Stretch);
  list_->header()->setStretchLastSection(false);
  for (const int number : {kInt8, kSize}) list_->headerItem()->setTextAlignment(number, Qt::AlignRight);
  const auto sizes = plan_size(checkpoint_->layers(), resolved);
  for (const auto& component : checkpoint_->components()) {
    const auto size = std::ranges::find(sizes.components, component, &ComponentSize::component);
    if (size == sizes.components.end()) continue;
    const auto layers = std::ranges::count(checkpoint_->layers(), component, &Layer::component);
    auto* item = new QTreeWidgetItem(
        list_,
        {person_name(component) + QStringLiteral("  ·  ") + purpose(component),
         tr("%1 of %2").arg(QLocale().toString(qlonglong(size->int8_layers)), QLocale().toString(layers)),
         megabytes(size->bytes)});
    item->setData(kPart, Qt::UserRole, QString::fromStdString(component));
    item->setToolTip(kSize, tr("%1 bytes of weights").arg(QLocale().toString(qulonglong(size->bytes))));
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsUserCheckable);
    for (const int number : {kInt8, kSize}) item->setTextAlignment(number, Qt::AlignRight | Qt::AlignVCenter);
    item->setCheckState(kPart, Qt::Checked);
  }
  fit_rows(*list_);
}

void ExportParts::choose(const std::vector<std::string>& components) {
  {
    const QSignalBlocker quiet(list_);
    for (int i = 0; i < list_->topLevelItemCount(); ++i) {
      auto* item = list_->topLevelItem(i);
      const auto name = item->data(kPart, Qt::UserRole).toString().toStdString();
      item->setCheckState(kPart, holds(components, name) ? Qt::Checked : Qt::Unchecked);
    }
  }
  showChoice();
}

std::vector<std::string> ExportParts::chosen() const {
  std::vector<std::string> names;
  for (int i = 0; i < list_->topLevelItemCount(); ++i)
    if (const auto* item = list_->topLevelItem(i); item->checkState(kPart) == Qt::Checked)
      names.push_back(item->data(kPart, Qt::UserRole).toString().toStdString());
  return names;
}

void ExportParts::showChoice() {
  const auto names = chosen();
  (names == checkpoint_->components() ? whole_
   : names == needed_for_synthesis()  ? synthesis_
                                      : own_)
      ->setChecked(true);
  Q_EMIT changed();
}

}  // namespace octet::ui
