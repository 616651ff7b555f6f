#include "ui/spectrogram/spectrogram_panel.h"

#include <cmath>

#include "ui/language/accessible_role.h"
#include "ui/language/announce.h"
#include "ui/language/symbols.h"
#include "ui/listen/decibel.h"
#include "ui/runs/run_names.h"
#include "ui/spectrogram/frequency_ticker.h"
#include "ui/spectrogram/spectrogram_plot.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr int kLevelDigits = 3, kDifferenceDigits = 5;  // of "−62", "+10.3"

/// A level as a person reads it; what lies under the floor is not known.
QString level_text(float level) {
  const auto number = level_number(static_cast<double>(level), 0);
  return padded(level <= SpectrogramSettings().floor_db ? QString::fromUtf8("\u2264") + number : number,
                kLevelDigits);
}

}  // namespace

SpectrogramPanel::SpectrogramPanel(Timeline& timeline, JobRunner& analysis, QWidget* parent)
    : QWidget(parent), analysis_(analysis) {
  setObjectName("spectrogramPanel");
  setAccessibleName(tr("Spectrograms"));
  plot_ = new SpectrogramPlot(timeline);
  plot_->setObjectName("spectrogramPlot");
  call_picture(*plot_);
  plot_->setAccessibleName(tr("Spectrograms over time and frequency"));
  plot_->setToolTip(
      tr("Wheel: zoom in time. Ctrl and wheel: zoom in frequency. Shift and wheel: move in time.\n"
         "Click: go there. Drag: loop that. Middle button: move. Shift and drag: zoom into a part.\n"
         "Double click or Home: show all."));
  plot_->setMinimumHeight(160);

  readout_ = new QLabel;
  readout_->setObjectName("spectrogramReadout");
  readout_->setAccessibleDescription(tr("Levels where the mouse points"));
  legend_ = new QLabel;
  legend_->setObjectName("spectrogramLegend");
  legend_->setToolTip(
      tr("Pauses: frames of the reference at least 30 dB under its loud ones; the noise floor is measured "
         "there.\n1\u20134 kHz: where the hiss of coarse weights is heard first."));
  readout_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  message_ = new QLabel;
  message_->setObjectName("spectrogramMessage");
  message_->setWordWrap(true);
  message_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  message_->hide();

  auto* below = new QHBoxLayout;
  below->setContentsMargins(2 * kSpacing, 0, 2 * kSpacing, 0);
  below->addWidget(readout_, 1);
  below->addWidget(legend_);

  auto* content = new QWidget;
  auto* column = new QVBoxLayout(content);
  column->setContentsMargins(0, 0, 0, kSpacing);
  column->setSpacing(kSpacing);
  column->addWidget(makeControls());
  column->addWidget(plot_, 1);
  column->addWidget(message_);
  readouts_ = new QVBoxLayout;
  readouts_->setSpacing(0);
  readouts_->addLayout(below);
  column->addLayout(readouts_);

  auto* empty = new QLabel(tr("No spectrograms yet.\nSynthesize A and B to see both, and what differs."));
  empty->setObjectName("spectrogramEmpty");
  empty->setAlignment(Qt::AlignCenter);
  empty->setForegroundRole(QPalette::PlaceholderText);
  empty->setWordWrap(true);

  pages_ = new QStackedWidget;
  pages_->addWidget(empty);
  pages_->addWidget(content);
  auto* whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  whole->addWidget(pages_);

  connect(plot_, &SpectrogramPlot::pointed, this, [this](double seconds, double hz) {
    readout_->setText(std::isnan(seconds) ? tr("Point at a picture to read its levels.")
                                          : readout(seconds, hz));
  });
  connect(&analysis_, &JobRunner::ended, this, [this](JobRunner::Id id, const JobEnd& end) {
    const auto job =
        std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& known) { return known.second.id == id; });
    if (job == jobs_.end() || end.succeeded()) return;
    if (!end.cancelled()) tell(tr("No spectrogram of %1: %2").arg(job->second.name, end.error->what()));
    jobs_.erase(job);
    showPictures();
  });
  Q_EMIT plot_->pointed(std::nan(""), std::nan(""));
  showColours();
}

void SpectrogramPanel::setRuns(const Runs& runs) {
  runs_ = runs;
  std::erase_if(analyses_, [&](const auto& known) {
    const auto is_of = [&](const auto& run) { return run && &run->synthesis.waveform == known.first; };
    return known.first != original_.get() && !is_of(other_take_) && std::ranges::none_of(runs, is_of);
  });
  test_ = std::clamp(test_, 1, std::max(shownCount() - 1, 1));
  if (active_ != kRecording) active_ = std::clamp(active_, 0, std::max(shownCount() - 1, 0));

  compared_->clear();
  for (int i = 1; i < shownCount(); ++i) compared_->addItem(titleOf(i));
  compared_->setCurrentIndex(test_ - 1);
  compared_->setVisible(shownCount() > 2);

  pages_->setCurrentIndex(runs_.empty() ? 0 : 1);
  compute();
}

void SpectrogramPanel::setOtherTake(const std::shared_ptr<const Run>& take) {
  if (take == other_take_) return;
  if (other_take_) analyses_.erase(&other_take_->synthesis.waveform);
  other_take_ = take;
  compute();
}

void SpectrogramPanel::setOriginal(const std::shared_ptr<const Sound>& original) {
  const auto samples = original ? Samples(original, &original->samples) : nullptr;
  if (samples == original_) return;
  analyses_.erase(original_.get());
  original_ = samples;
  if (active_ == kRecording && !original_) active_ = 0;
  offerRecording();
  compute();
}

void SpectrogramPanel::setActiveTrack(int track) {
  const int index = track == shownCount() ? kRecording : track;
  if (index == active_ || !samplesOf(index)) return;
  active_ = index;
  if (index > 0) {
    test_ = index;
    compared_->setCurrentIndex(index - 1);
  }
  compute();
}

void SpectrogramPanel::compute() {
  std::map<Key, std::pair<Samples, QString>> needed;
  const auto need = [&](const Samples& samples, const QString& name) {
    if (samples) needed[samples.get()] = {samples, name};
  };
  for (const int index : shownSounds()) need(samplesOf(index), letterOf(index));
  if (other_take_ && shownCount() > 1)
    need({other_take_, &other_take_->synthesis.waveform}, other_take_->name);

  for (const auto& [samples, job] : jobs_)
    if (!needed.contains(samples)) analysis_.cancel(job.id);
  std::erase_if(jobs_, [&](const auto& job) { return !needed.contains(job.first); });

  for (const auto& [key, sound] : needed) {
    if (analyses_.contains(key) || jobs_.contains(key)) continue;
    const auto& [samples, name] = sound;
    const auto id = analysis_.run(
        tr("Spectrogram of %1").arg(name), this,
        [samples = samples](const JobControl& control) {
          return Analysis{
              std::make_shared<const SpectrogramPyramid>(spectrogram(*samples, kSampleRate, {}, control)),
              pauses(*samples, kSampleRate)};
        },
        [this, key](Analysis result) {
          if (jobs_.erase(key) == 0) return;  // nobody waits for it any more
          analyses_[key] = std::move(result);
          showPictures();
        });
    jobs_[key] = {id, name};
  }
  showPictures();
}

SpectrogramPicture SpectrogramPanel::pictureOf(int index) const {
  SpectrogramPicture picture{titleOf(index), colourOf(index), {}, {}, false};
  if (const auto* analysis = analysisOf(index))
    picture.test = analysis->levels;
  else if (jobs_.contains(samplesOf(index).get()))
    picture.title = tr("%1: computing\u2026").arg(picture.title);
  return picture;
}

SpectrogramPicture SpectrogramPanel::differenceOf(int index) const {
  SpectrogramPicture picture{difference_name(letterOf(index), letterOf(0)), palette().color(QPalette::Text),
                             pictureOf(index).test, pictureOf(0).test, true};
  const auto take = other_take_ ? analyses_.find(&other_take_->synthesis.waveform) : analyses_.end();
  if (beyond_only_->isChecked() && take != analyses_.end()) {
    picture.other_take = take->second.levels;
    picture.title = tr("%1 beyond other noise").arg(picture.title);
  }
  return picture;
}

void SpectrogramPanel::showPictures() {
  std::vector<SpectrogramPicture> pictures;
  const bool paired = shownCount() > 1, all = view() == View::all || view() == View::recorded;
  if (!runs_.empty()) {
    if (view() == View::recorded) pictures.push_back(pictureOf(kRecording));
    if (view() == View::active)
      pictures.push_back(pictureOf(active_));
    else if (view() == View::difference && paired)
      pictures.push_back(differenceOf(test_));
    else
      pictures.push_back(pictureOf(0));
    if (paired && (all || view() == View::pair)) pictures.push_back(pictureOf(test_));
    if (paired && all) pictures.push_back(differenceOf(test_));
  }
  plot_->setPictures(pictures);
  const auto* reference = analysisOf(0);
  plot_->setPauses(reference ? reference->pauses : std::vector<TimeRange>());
  if (jobs_.empty() && !runs_.empty()) Q_EMIT ready();
}

void SpectrogramPanel::showColours() {
  plot_->setLevelPalette(static_cast<LevelPalette>(palette_->currentData().toInt()));
  plot_->setLevelRange(loudest_->value() - range_->value(), loudest_->value());
  plot_->setDifferenceRange(difference_->value());
  legend_->setText(QString("<span style='color:%1'>\u25ac</span> %2 &nbsp; \u2505 %3")
                       .arg(colours().muted.name(), tr("pauses"), QStringLiteral("1\u20134 kHz")));
}

/// What is looked at: the recording above the runs, and of these the reference, that which is compared, and
/// that which is heard.
std::vector<int> SpectrogramPanel::shownSounds() const {
  std::vector<int> shown;
  if (view() == View::recorded || (view() == View::active && active_ == kRecording))
    shown.push_back(kRecording);
  for (const int index : {0, test_, active_})
    if (index >= 0 && index < shownCount() && std::ranges::find(shown, index) == shown.end())
      shown.push_back(index);
  return shown;
}

SpectrogramPanel::Samples SpectrogramPanel::samplesOf(int index) const {
  if (index == kRecording) return original_;
  if (index < 0 || index >= shownCount()) return nullptr;
  const auto& run = runs_[static_cast<std::size_t>(index)];
  return {run, &run->synthesis.waveform};
}

const SpectrogramPanel::Analysis* SpectrogramPanel::analysisOf(int index) const {
  const auto found = analyses_.find(samplesOf(index).get());
  return found == analyses_.end() ? nullptr : &found->second;
}

QString SpectrogramPanel::letterOf(int index) const {
  return index == kRecording ? recording_letter() : runs_[static_cast<std::size_t>(index)]->name;
}

QString SpectrogramPanel::titleOf(int index) const {
  const auto what = index == kRecording ? tr("recording") : runs_[static_cast<std::size_t>(index)]->plan;
  return what.isEmpty() ? letterOf(index) : QStringLiteral("%1  %2").arg(letterOf(index), what);
}

QColor SpectrogramPanel::colourOf(int index) const {
  return index == kRecording ? colours().muted : run_colour(runs_[static_cast<std::size_t>(index)]->slot());
}

QString SpectrogramPanel::readout(double seconds, double hz) const {
  QStringList parts{with_unit(seconds, 3, "s"), frequency_text(hz)};
  const auto level_of = [&](int index) -> std::optional<float> {
    const auto* analysis = analysisOf(index);
    return analysis ? level_at(analysis->levels->levels(), seconds, hz) : std::nullopt;
  };
  const auto add = [&parts](const QString& name, const QString& decibels) {
    parts << with_unit(QStringLiteral("%1 %2").arg(name, decibels), "dB");
  };
  for (const int index : shownSounds())
    if (const auto level = level_of(index)) add(letterOf(index), level_text(*level));
  const auto reference = level_of(0), test = level_of(test_);
  if (reference && test)
    add(difference_name(letterOf(test_), letterOf(0)),
        padded(signed_number(static_cast<double>(*test) - static_cast<double>(*reference)),
               kDifferenceDigits));
  return parts.join("  ");
}

void SpectrogramPanel::tell(const QString& error) {
  message_->setVisible(!error.isEmpty());
  announce(*message_, error);
  auto colours_now = message_->palette();
  colours_now.setColor(QPalette::WindowText, colours().negative);
  message_->setPalette(colours_now);
}

void SpectrogramPanel::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && plot_) {
    showColours();
    showPictures();
    if (!message_->text().isEmpty()) tell(message_->text());
  }
  QWidget::changeEvent(event);
}

}  // namespace octet::ui
