#include "ui/risks/risks_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QVBoxLayout>

#include "ui/language/announce.h"
#include "ui/language/stage_names.h"
#include "ui/risks/risk_view.h"
#include "ui/theme/path_row.h"
#include "ui/theme/primary_button.h"
#include "ui/theme/shown_path.h"
#include "ui/theme/tab_order.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr int kAllClips = -1;

/// What each risk is about, in the order of Risk's.
QStringList questions() {
  return {RisksDialog::tr("How an error of the flow grows over Euler steps, and where precision matters"),
          RisksDialog::tr("What the vocoder's last layer makes of errors, in magnitude, phase and waveform"),
          RisksDialog::tr("What rounding alpha makes of Snake, channel by channel"),
          RisksDialog::tr("Whether a voice stays itself, by speaker encoders in several precisions"),
          RisksDialog::tr("The noise floor in pauses, and whether it is heard"),
          RisksDialog::tr("Errors of f0, and what they do to the waveform")};
}

}  // namespace

RisksDialog::RisksDialog(Bench bench, QWidget* parent)
    : QDialog(parent),
      bench_(std::move(bench)),
      risk_(new QComboBox),
      plan_(new QComboBox),
      clip_(new QComboBox),
      level_label_(new QLabel(tr("s&peech at"))),
      level_(new QDoubleSpinBox),
      look_(new PrimaryButton(tr("&Measure"))),
      save_(nullptr),
      said_(new QLabel),
      bar_(new QProgressBar),
      view_(new RiskView) {
  setObjectName("risksDialog");
  setWindowTitle(tr("Risks"));
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  save_ = buttons->addButton(tr("&Save…"), QDialogButtonBox::ActionRole);
  save_->setObjectName("saveRisk");
  save_->setToolTip(tr("Figures as JSON or CSV, the plot as PNG or SVG"));
  auto* column = new QVBoxLayout(this);
  column->setSpacing(2 * kSpacing);
  column->addWidget(makeChoices());
  column->addWidget(makeProgress());
  column->addWidget(view_, 1);
  column->addWidget(buttons);
  tab_as_seen(*buttons);

  // Return in a list is for its row.
  for (auto* button : findChildren<QPushButton*>()) button->setAutoDefault(false);

  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(save_, &QPushButton::clicked, this, &RisksDialog::askWhereToSave);
  connect(look_, &QPushButton::clicked, this, &RisksDialog::look);
  connect(risk_, &QComboBox::currentIndexChanged, this, &RisksDialog::showWork);
  connect(view_, &RiskView::partChosen, this, &RisksDialog::partChosen);
  connect(view_, &RiskView::momentChosen, this, [this](const std::string& clip, double seconds) {
    Q_EMIT momentChosen(clip, found_->slot, seconds);
  });
  connect(&bench_.device, &JobRunner::progressed, this, [this](JobRunner::Id id, const Progress& progress) {
    if (id != job_) return;
    said_->setText(stage_in_words(progress.stage));
    bar_->setRange(0, progress.total);
    bar_->setValue(progress.done);
  });
  connect(&bench_.device, &JobRunner::ended, this, [this](JobRunner::Id id, const JobEnd& ended) {
    if (id == job_) end(ended);
  });
  view_->setHint(
      tr("Each risk is one way in which rounding goes wrong, looked at by itself: the plan against every "
         "layer in fp32 under the same noise, beside every layer in bf16. It takes seconds to a minute "
         "for a clip."));
  showWork();
  resize(180 * fontMetrics().averageCharWidth(), 42 * fontMetrics().height());
}

QWidget* RisksDialog::makeChoices() {
  auto* choices = new QWidget;
  auto* row = new QHBoxLayout(choices);
  row->setContentsMargins({});
  row->setSpacing(2 * kSpacing);
  const auto add = [&](const QString& text, QWidget* chooser, const char* name, const QString& said) {
    auto* label = new QLabel(text);
    label->setBuddy(chooser);
    chooser->setObjectName(name);
    chooser->setAccessibleName(said);
    row->addWidget(label);
    row->addWidget(chooser);
  };
  add(tr("&Risk"), risk_, "risk", tr("Risk"));
  add(tr("of p&lan"), plan_, "riskPlan", tr("Plan"));
  add(tr("o&n"), clip_, "riskClip", tr("Clip"));
  risk_->addItems(risk_titles());
  const auto said = questions();
  for (int i = 0; i < said.size(); ++i) risk_->setItemData(i, said[i], Qt::ToolTipRole);
  level_->setObjectName("speechLevel");
  level_->setAccessibleName(tr("Level that speech is played at"));
  level_->setRange(20, 120);
  level_->setDecimals(0);
  level_->setValue(65);
  level_->setSuffix(QStringLiteral(" dB SPL"));
  level_label_->setBuddy(level_);
  row->addWidget(level_label_);
  row->addWidget(level_);
  look_->setObjectName("measureRisk");
  row->addStretch(1);
  row->addWidget(look_);
  return choices;
}

QWidget* RisksDialog::makeProgress() {
  auto* progress = new QWidget;
  auto* row = new QHBoxLayout(progress);
  row->setContentsMargins({});
  row->setSpacing(2 * kSpacing);
  said_->setObjectName("riskSaid");
  said_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  bar_->setObjectName("riskProgress");
  bar_->setTextVisible(false);
  bar_->setFixedSize(fontMetrics().horizontalAdvance(QString(24, '0')), fontMetrics().height() / 2);
  auto kept = bar_->sizePolicy();
  kept.setRetainSizeWhenHidden(true);
  bar_->setSizePolicy(kept);
  row->addWidget(said_, 1);
  row->addWidget(bar_);
  return progress;
}

void RisksDialog::setChoices(const QStringList& plans, int plan, const std::vector<Clip>& clips, int clip) {
  const int chosen_plan = plan_->currentIndex();
  const auto chosen_clip = chosenClips();
  clips_ = clips;
  plan_->clear();
  plan_->addItems(plans);
  plan_->setCurrentIndex(0 <= chosen_plan && chosen_plan < plans.size() ? chosen_plan : plan);
  clip_->clear();
  for (int i = 0; i < static_cast<int>(clips.size()); ++i) {
    clip_->addItem(clips[static_cast<std::size_t>(i)].name, i);
    if (chosen_clip.size() == 1 && chosen_clip.front().path == clips[static_cast<std::size_t>(i)].path)
      clip = i;
  }
  if (clips.size() > 1)
    clip_->addItem(tr("all %n clips", nullptr, static_cast<int>(clips.size())), kAllClips);
  clip_->setCurrentIndex(chosen_clip.size() > 1 ? clip_->count() - 1 : std::max(0, clip));
  showWork();
}

std::vector<Clip> RisksDialog::chosenClips() const {
  if (clip_->count() == 0) return {};
  const int chosen = clip_->currentData().toInt();
  return chosen == kAllClips ? clips_ : std::vector{clips_[static_cast<std::size_t>(chosen)]};
}

void RisksDialog::look() {
  if (job_) return bench_.device.cancel(*job_);
  const RiskRequest request{.kind = static_cast<RiskKind>(risk_->currentIndex()),
                            .slot = plan_->currentIndex(),
                            .clips = chosenClips(),
                            .speech_level = level_->value()};
  said_->setText(tr("Waiting for other jobs…"));
  bar_->setRange(0, 0);
  job_ = bench_.look(request, this, [this](const FoundRisk& found) { showRisk(found); });
  showWork();
}

void RisksDialog::end(const JobEnd& ended) {
  job_.reset();
  if (ended.cancelled())
    announce(*said_, tr("Cancelled."));
  else if (!ended.succeeded())
    announce(*said_, QString::fromUtf8(ended.error->what()));
  showWork();
}

void RisksDialog::showRisk(const FoundRisk& found) {
  found_ = found;
  risk_->setCurrentIndex(static_cast<int>(found.risk.index()));
  said_->setText(found.of);
  view_->setPicture(picture_of(found.risk), found.slot);
  showWork();
}

/// What can be done now.
void RisksDialog::showWork() {
  look_->setText(job_ ? tr("&Cancel") : tr("&Measure"));
  look_->setEnabled(job_ || (!clips_.empty() && plan_->count() > 0));
  look_->setToolTip(look_->isEnabled() ? QString() : tr("Add a clip first"));
  bar_->setVisible(job_.has_value());
  save_->setEnabled(found_.has_value());
  for (QWidget* chooser : {static_cast<QWidget*>(risk_), static_cast<QWidget*>(plan_),
                           static_cast<QWidget*>(clip_), static_cast<QWidget*>(level_)})
    chooser->setEnabled(!job_);
  const bool of_noise = static_cast<RiskKind>(risk_->currentIndex()) == RiskKind::noise;
  level_->setVisible(of_noise);
  level_label_->setVisible(of_noise);
  risk_->setToolTip(questions().value(risk_->currentIndex()));
}

void RisksDialog::askWhereToSave() {
  const auto path = asked_for_file(this, tr("Save the risk"), QStringLiteral("risk.json"),
                                   tr("Figures (*.json);;Table (*.csv);;Picture (*.png);;Drawing (*.svg)"));
  if (!path.isEmpty()) save(path);
}

void RisksDialog::save(const QString& path) {
  const auto ending = QFileInfo(path).suffix().toLower();
  FileContent content;
  if (ending == QLatin1String("csv"))
    content = [csv = to_csv(picture_of(found_->risk))] { return csv.toUtf8(); };
  else if (ending == QLatin1String("png") || ending == QLatin1String("svg"))
    content = view_->chart().content(ending);
  else
    content = [text = text_of(found_->risk)] { return QByteArray::fromStdString(text); };
  const auto asked = ask_to_write(*this, path, content, [this, path](const std::optional<Error>& error) {
    announce(*said_, error ? QString::fromUtf8(error->what()) : tr("Saved: %1").arg(shown_path(path)));
    if (!error) Q_EMIT saved(path);
  });
  if (!asked) qWarning("nothing here writes %s", qPrintable(path));
}

}  // namespace octet::ui
