#include "ui/inspector/layer_inspector.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QTabWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "core/quant/methods.h"
#include "ui/inspector/channels_chart.h"
#include "ui/inspector/inputs_chart.h"
#include "ui/inspector/weights_chart.h"
#include "ui/language/sentences.h"
#include "ui/model_tree/layer_place.h"
#include "ui/theme/theme.h"

namespace octet::ui {

LayerInspector::LayerInspector(JobRunner& looks, QWidget* parent)
    : QWidget(parent),
      profiles_(looks),
      title_(new QLabel),
      way_(new QComboBox),
      summary_(new QLabel),
      tabs_(new QTabWidget) {
  setObjectName("layerInspector");
  title_->setObjectName("inspectedLayer");
  summary_->setObjectName("inspectedSummary");
  for (auto* label : {title_, summary_}) {
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Minimum);
  }
  way_->setObjectName("inspectedAs");
  way_->setAccessibleName(tr("Stored as"));
  way_->setToolTip(tr("How the layer is stored: as the plan does it, or what another way would do to it"));
  way_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  way_->setMinimumContentsLength(12);
  auto* label = new QLabel(tr("&Stored as"));
  label->setBuddy(way_);
  tabs_->setObjectName("inspectorTabs");
  tabs_->setAccessibleName(tr("Layer"));
  tabs_->setDocumentMode(true);
  const auto add = [&](LayerChart* chart, const QString& name, const QString& tip) {
    charts_.push_back(chart);
    tabs_->setTabToolTip(tabs_->addTab(chart, name), tip);
  };
  add(new WeightsChart, tr("Weights"), tr("How often the layer has which weights"));
  add(new ChannelsChart, tr("Channels"),
      tr("What each output channel loses, and the step it is rounded with"));
  add(new InputsChart, tr("Inputs"), tr("How large the features of its input were in the calibration"));

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(2 * kSpacing, kSpacing, 2 * kSpacing, kSpacing);
  column->setSpacing(2 * kSpacing);
  column->addWidget(title_);
  auto* row = new QHBoxLayout;
  row->addWidget(label);
  row->addWidget(way_, 1);
  column->addLayout(row);
  column->addWidget(summary_);
  column->addWidget(tabs_, 1);

  connect(way_, &QComboBox::activated, this, [this](int index) {
    wanted_ = index == 0 ? std::optional<Recipe>() : ways_[static_cast<std::size_t>(index)].recipe;
    look();
  });
  connect(&profiles_, &LayerProfiles::found, this, [this](const auto& profile) { showProfile(profile, {}); });
  connect(&profiles_, &LayerProfiles::failed, this, [this](const QString& message) {
    showProfile({}, message);
    charts_.front()->announceHint();
  });
  setLayer(-1);
}

void LayerInspector::setEditor(PlanEditor* editor, int slot) {
  if (editor_) editor_->disconnect(this);
  if (!editor || !editor_ || &editor->checkpoint() != &editor_->checkpoint()) layer_ = -1;
  editor_ = editor;
  slot_ = slot;
  if (editor_) connect(editor_, &PlanEditor::planChanged, this, &LayerInspector::offerWays);
  offerWays();
}

void LayerInspector::setLayer(int layer) {
  layer_ = layer;
  offerWays();
}

void LayerInspector::showSection(Section section) { tabs_->setCurrentIndex(static_cast<int>(section)); }

/// Of the layer, under the plan as it is now.
void LayerInspector::offerWays() {
  ways_.clear();
  const bool chosen = editor_ && layer_ >= 0;
  if (chosen) {
    const auto i = static_cast<std::size_t>(layer_);
    const auto& layer = editor_->checkpoint().layers()[i];
    if (layer.quantizable())
      ways_ = ways_to_see(layer, editor_->resolved().layers[i], editor_->calibration().get());
  }
  way_->clear();
  for (const auto& way : ways_) way_->addItem(way.name);
  const auto found = wanted_ ? std::ranges::find(ways_, *wanted_, &SeenAs::recipe) : ways_.end();
  way_->setCurrentIndex(ways_.empty()          ? -1
                        : found == ways_.end() ? 0
                                               : static_cast<int>(found - ways_.begin()));
  way_->setEnabled(ways_.size() > 1);
  showTitle();
  look();
}

void LayerInspector::look() {
  profiles_.giveUp();
  if (ways_.empty())
    return showProfile({}, layer_ < 0
                               ? tr("Choose a layer in the tree: here is what its weights are like, and what "
                                    "int8 does to them.")
                               : tr("This layer has no weights that int8 could hold."));
  showProfile({}, tr("Measuring…"));
  if (!isVisible()) return;
  const auto& way = ways_[static_cast<std::size_t>(way_->currentIndex())];
  profiles_.ask(
      {editor_->sharedCheckpoint(), static_cast<std::size_t>(layer_), way.recipe, editor_->calibration()});
}

void LayerInspector::showProfile(const std::shared_ptr<const LayerProfile>& profile, const QString& hint) {
  profile_ = profile;
  summary_->setText(profile ? summary(*profile) : QString());
  summary_->setVisible(profile != nullptr);
  InspectedLayer layer{.profile = profile, .hint = hint, .slot = slot_};
  if (profile) layer.recipe = ways_[static_cast<std::size_t>(way_->currentIndex())].recipe;
  for (auto* chart : charts_) chart->setLayer(layer);
}

void LayerInspector::showTitle() {
  if (!editor_ || layer_ < 0) return title_->setText(tr("No layer is chosen."));
  const auto& name = editor_->checkpoint().layers()[static_cast<std::size_t>(layer_)].name;
  title_->setText(QStringLiteral("<b>%1</b><br>%2")
                      .arg(breadcrumb(name).toHtmlEscaped(), place_in_words(name).toHtmlEscaped()));
}

/// What a person would ask first, in words.
QString LayerInspector::summary(const LayerProfile& profile) const {
  const auto& recipe = ways_[static_cast<std::size_t>(way_->currentIndex())].recipe;
  const auto& weight = profile.weight;
  QStringList said;
  if (weight.error.noise == 0)
    said << (recipe.storage == Precision::int8 ? tr("The file holds these integers: nothing more is lost.")
                                               : tr("Nothing is lost."));
  else
    said << tr("<b>%1</b> of signal-to-noise ratio.").arg(decibel_text(weight.error.decibels()));
  const auto outliers = outlying_channels(weight);
  if (outliers.empty())
    said << tr("No output channel's range stands out.");
  else
    said << tr("%n output channels have more than %1 times the usual range, most of all %2.", nullptr,
               static_cast<int>(outliers.size()))
                .arg(kStandsOut)
                .arg(outliers.front());
  if (const auto& inputs = profile.largest_inputs; !inputs.empty()) {
    const double threshold = outlier_threshold(recipe);
    const auto beyond = std::ranges::count_if(inputs, [&](float size) { return size >= threshold; });
    said << tr("%1 of %2 input features reach %3.")
                .arg(QLocale().toString(beyond), QLocale().toString(inputs.size()), number_text(threshold));
  }
  if (rounds_inputs(recipe)) said << tr("Its inputs are rounded, too, which is not counted here.");
  return sentences(said);
}

void LayerInspector::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (!profile_) look();
}

}  // namespace octet::ui
