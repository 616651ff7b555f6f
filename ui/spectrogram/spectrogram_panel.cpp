#include "ui/spectrogram/spectrogram_panel.h"

#include <cmath>

#include "ui/language/picture_role.h"
#include "ui/language/symbols.h"
#include "ui/spectrogram/frequency_ticker.h"
#include "ui/spectrogram/spectrogram_csv.h"
#include "ui/spectrogram/spectrogram_plot.h"
#include "ui/theme/icons.h"
#include "ui/theme/path_row.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

/// A level as a person reads it; what lies under the floor is not known.
QString level_text(float level) {
  const QString number = QString::number(static_cast<double>(level), 'f', 0);
  return level <= SpectrogramSettings().floor_db ? QString::fromUtf8("\u2264") + number : number;
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
  column->addLayout(below);

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
        std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& known) { return known.second == id; });
    if (job == jobs_.end() || end.succeeded()) return;
    if (!end.cancelled()) tell(tr("No spectrogram of %1: %2").arg(job->first->name, end.error->what()));
    jobs_.erase(job);
    showPictures();
  });
  Q_EMIT plot_->pointed(std::nan(""), std::nan(""));
  showColours();
}

void SpectrogramPanel::setRuns(const Runs& runs) {
  runs_ = runs;
  std::erase_if(analyses_, [&](const auto& known) {
    return known.first != other_take_.get() &&
           std::none_of(runs.begin(), runs.end(), [&](const auto& run) { return run.get() == known.first; });
  });
  test_ = std::clamp(test_, 1, std::max(shownCount() - 1, 1));
  active_ = std::clamp(active_, 0, std::max(shownCount() - 1, 0));

  compared_->clear();
  for (int i = 1; i < shownCount(); ++i) compared_->addItem(titleOf(i));
  compared_->setCurrentIndex(test_ - 1);
  compared_->setVisible(shownCount() > 2);

  pages_->setCurrentIndex(runs_.empty() ? 0 : 1);
  compute();
}

void SpectrogramPanel::setOtherTake(const std::shared_ptr<const Run>& take) {
  if (take == other_take_) return;
  analyses_.erase(other_take_.get());
  other_take_ = take;
  compute();
}

void SpectrogramPanel::setActiveRun(int index) {
  if (index < 0 || index >= shownCount() || index == active_) return;
  active_ = index;
  if (index > 0) {
    test_ = index;
    compared_->setCurrentIndex(index - 1);
  }
  compute();
}

void SpectrogramPanel::setView(View view) { view_->setCurrentIndex(view_->findData(static_cast<int>(view))); }

void SpectrogramPanel::compute() {
  Runs needed;
  for (const int index : {0, test_, active_})
    if (index < shownCount()) needed.push_back(runs_[static_cast<std::size_t>(index)]);
  if (other_take_ && shownCount() > 1) needed.push_back(other_take_);

  const auto wanted = [&](RunKey run) {
    return std::ranges::any_of(needed, [&](const auto& one) { return one.get() == run; });
  };
  for (const auto& [run, job] : jobs_)
    if (!wanted(run)) analysis_.cancel(job);
  std::erase_if(jobs_, [&](const auto& job) { return !wanted(job.first); });

  for (const auto& run : needed) {
    if (analyses_.contains(run.get()) || jobs_.contains(run.get())) continue;
    jobs_[run.get()] = analysis_.run(
        tr("Spectrogram of %1").arg(run->name), this,
        [run](const JobControl& control) {
          const auto& sound = run->synthesis.waveform;
          return Analysis{
              std::make_shared<const SpectrogramPyramid>(spectrogram(sound, kSampleRate, {}, control)),
              pauses(sound, kSampleRate)};
        },
        [this, run](Analysis result) {
          if (jobs_.erase(run.get()) == 0) return;  // nobody waits for it any more
          analyses_[run.get()] = std::move(result);
          showPictures();
        });
  }
  showPictures();
}

void SpectrogramPanel::showPictures() {
  const auto picture_of = [&](int index) {
    SpectrogramPicture picture{
        titleOf(index), run_colour(runs_[static_cast<std::size_t>(index)]->slot()), {}, {}, false};
    if (const auto* analysis = analysisOf(index))
      picture.test = analysis->levels;
    else if (jobs_.contains(runs_[static_cast<std::size_t>(index)].get()))
      picture.title = tr("%1: computing\u2026").arg(picture.title);
    return picture;
  };
  const auto difference_of = [&](int index) {
    const auto test = picture_of(index);
    const auto reference = picture_of(0);
    SpectrogramPicture picture{
        QString("%1\u2212%2").arg(runs_[static_cast<std::size_t>(index)]->name, runs_.front()->name),
        palette().color(QPalette::Text), test.test, reference.test, true};
    const auto take = analyses_.find(other_take_.get());
    if (beyond_only_->isChecked() && take != analyses_.end()) {
      picture.other_take = take->second.levels;
      picture.title = tr("%1 beyond other noise").arg(picture.title);
    }
    return picture;
  };
  std::vector<SpectrogramPicture> pictures;
  const auto view = static_cast<View>(view_->currentData().toInt());
  const bool paired = shownCount() > 1;
  if (!runs_.empty()) {
    if (view == View::active)
      pictures = {picture_of(active_)};
    else if (view == View::difference && paired)
      pictures = {difference_of(test_)};
    else
      pictures = {picture_of(0)};
    if (paired && (view == View::all || view == View::pair)) pictures.push_back(picture_of(test_));
    if (paired && view == View::all) pictures.push_back(difference_of(test_));
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

const SpectrogramPanel::Analysis* SpectrogramPanel::analysisOf(int index) const {
  if (index < 0 || index >= shownCount()) return nullptr;
  const auto found = analyses_.find(runs_[static_cast<std::size_t>(index)].get());
  return found == analyses_.end() ? nullptr : &found->second;
}

QString SpectrogramPanel::titleOf(int index) const {
  const auto& run = *runs_[static_cast<std::size_t>(index)];
  return run.plan.isEmpty() ? run.name : QStringLiteral("%1  %2").arg(run.name, run.plan);
}

QString SpectrogramPanel::readout(double seconds, double hz) const {
  QStringList parts{with_unit(seconds, 3, "s"), frequency_text(hz)};
  const auto level_of = [&](int index) -> std::optional<float> {
    const auto* analysis = analysisOf(index);
    return analysis ? level_at(analysis->levels->levels(), seconds, hz) : std::nullopt;
  };
  const auto name_of = [&](int index) { return runs_[static_cast<std::size_t>(index)]->name; };
  const auto reference = level_of(0);
  const auto test = level_of(test_);
  const auto add = [&parts](const QString& name, const QString& decibels) {
    parts << with_unit(QStringLiteral("%1 %2").arg(name, decibels), "dB");
  };
  if (reference) add(name_of(0), level_text(*reference));
  if (test) add(name_of(test_), level_text(*test));
  if (reference && test) {
    const double difference =
        std::round((static_cast<double>(*test) - static_cast<double>(*reference)) * 10) / 10;
    const QString sign = difference > 0 ? "+" : "";
    const auto number = QLocale().toString(difference == 0 ? 0 : difference, 'f', 1);  // not -0.0
    add(QStringLiteral("%1-%2").arg(name_of(test_), name_of(0)), sign + number);
  }
  return parts.join("  ");
}

void SpectrogramPanel::fillExportMenu() {
  export_menu_->clear();
  if (runs_.empty()) return;
  const QString stem = runs_.front()->clip.isEmpty() ? tr("spectrogram") : runs_.front()->clip;
  const QString tables = tr("Tables (*.csv)");
  export_menu_->addAction(tr("Picture (PNG)\u2026"), this, [this, stem] {
    askToExport(stem + ".png", tr("Pictures (*.png)"), [this](const QString& path) { exportPicture(path); });
  });
  export_menu_->addSeparator();
  for (const int index : {0, test_}) {
    if (!analysisOf(index)) continue;
    const QString name = runs_[static_cast<std::size_t>(index)]->name;
    export_menu_->addAction(tr("Levels of %1 (CSV)\u2026").arg(name), this,
                            [this, index, name, stem, tables] {
                              askToExport(stem + "-" + name + ".csv", tables,
                                          [this, index](const QString& path) { exportLevels(index, path); });
                            });
  }
  if (!analysisOf(0) || !analysisOf(test_)) return;
  const QString pair = runs_[static_cast<std::size_t>(test_)]->name + "-" + runs_.front()->name;
  export_menu_->addAction(tr("Difference %1 (CSV)\u2026").arg(pair), this, [this, pair, stem, tables] {
    askToExport(stem + "-" + pair + ".csv", tables, [this](const QString& path) { exportLevels({}, path); });
  });
}

void SpectrogramPanel::askToExport(const QString& suggested, const QString& filter,
                                   const std::function<void(const QString&)>& write) {
  const QString path = asked_for_file(this, tr("Export spectrogram"), suggested, filter);
  if (!path.isEmpty()) write(path);
}

void SpectrogramPanel::exportPicture(const QString& path) { writeFile(path, png_of(*plot_)); }

void SpectrogramPanel::exportLevels(std::optional<int> run, const QString& path) {
  const auto* test = analysisOf(run.value_or(test_));
  const auto* reference = analysisOf(0);
  if (!test || !reference) return;
  const QString name = runs_[static_cast<std::size_t>(run.value_or(test_))]->name;
  const QString quantity = run ? name + " dB" : name + "-" + runs_.front()->name + " dB";
  writeFile(path, [quantity, levels = test->levels, base = reference->levels, run] {
    return csv_of(run ? levels->levels() : difference(base->levels(), levels->levels()), quantity);
  });
}

void SpectrogramPanel::writeFile(const QString& path, const FileContent& content) {
  tell({});
  const auto ended = [this, path](const std::optional<Error>& error) {
    if (!error) return Q_EMIT exported(path);
    const QString hint = QString::fromStdString(error->hint());
    const QString what = QString::fromUtf8(error->what());
    tell(hint.isEmpty() ? what : what + " \u2014 " + hint);
    Q_EMIT exportFailed(what);
  };
  if (!ask_to_write(*this, path, content, ended)) qWarning("nothing here writes %s", qPrintable(path));
}

void SpectrogramPanel::tell(const QString& error) {
  message_->setText(error);
  message_->setVisible(!error.isEmpty());
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
