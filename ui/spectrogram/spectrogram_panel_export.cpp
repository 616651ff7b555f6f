// What is saved of the spectrograms: the picture, and levels as tables.

#include "ui/plotting.h"

#include "ui/language/symbols.h"
#include "ui/runs/run_names.h"
#include "ui/spectrogram/spectrogram_csv.h"
#include "ui/spectrogram/spectrogram_panel.h"
#include "ui/spectrogram/spectrogram_plot.h"
#include "ui/theme/path_row.h"

namespace octet::ui {

void SpectrogramPanel::fillExportMenu() {
  export_menu_->clear();
  if (runs_.empty()) return;
  const QString stem = runs_.front()->clip.isEmpty() ? tr("spectrogram") : runs_.front()->clip;
  const QString tables = tr("Tables (*.csv)");
  export_menu_->addAction(tr("Picture (PNG)\u2026"), this, [this, stem] {
    askToExport(stem + ".png", tr("Pictures (*.png)"), [this](const QString& path) { exportPicture(path); });
  });
  export_menu_->addSeparator();
  for (const int index : shownSounds()) {
    if (!analysisOf(index)) continue;
    const QString name = letterOf(index);
    export_menu_->addAction(tr("Levels of %1 (CSV)\u2026").arg(name), this,
                            [this, index, name, stem, tables] {
                              askToExport(stem + "-" + name + ".csv", tables,
                                          [this, index](const QString& path) { exportLevels(index, path); });
                            });
  }
  if (!analysisOf(0) || !analysisOf(test_)) return;
  const auto ascii = QStringLiteral("%1-%2").arg(letterOf(test_), letterOf(0));
  export_menu_->addAction(tr("Difference %1 (CSV)\u2026").arg(difference_name(letterOf(test_), letterOf(0))),
                          this, [this, ascii, stem, tables] {
                            askToExport(stem + "-" + ascii + ".csv", tables,
                                        [this](const QString& path) { exportLevels({}, path); });
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
  // As ASCII, which every program that reads tables takes.
  const QString name = run ? letterOf(*run) : QStringLiteral("%1-%2").arg(letterOf(test_), letterOf(0));
  writeFile(path, [quantity = with_unit(name, "dB"), levels = test->levels, base = reference->levels, run] {
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

}  // namespace octet::ui
