#pragma once

#include <QWidget>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/metrics/pauses.h"
#include "ui/jobs/job_runner.h"
#include "ui/plots/chart_file.h"
#include "ui/runs/run.h"
#include "ui/spectrogram/spectrogram_pyramid.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QHBoxLayout;
class QLabel;
class QMenu;
class QStackedWidget;

namespace octet::ui {

class SpectrogramPlot;
class Timeline;

/// Shows the levels of the reference, of one other run, and what lies between, over time and frequency.
class SpectrogramPanel : public QWidget {
  Q_OBJECT

 public:
  enum class View { all, pair, active, difference };

  /// Its rows are on `timeline`. Levels are computed by jobs of `analysis`. Both outlive the panel.
  SpectrogramPanel(Timeline& timeline, JobRunner& analysis, QWidget* parent = nullptr);

  /// What is known of runs that stay is kept.
  void setRuns(const Runs& runs);
  /// The first run under other noise, which tells what of a difference means nothing; may be null.
  void setOtherTake(const std::shared_ptr<const Run>& take);
  /// The run that is heard. It is what View::active shows and, unless it is the reference, what is compared.
  void setActiveRun(int index);
  void setView(View view);
  /// Beside the views.
  void addControl(QWidget* control);

  /// The levels at this place, as "1.204 s  3.1 kHz  A -62 dB  B -58 dB  B-A +4.0 dB".
  QString readout(double seconds, double hz) const;

  /// What is shown, as it is shown. A parent writes it (WriteRequest); the file is complete once `exported`
  /// comes.
  void exportPicture(const QString& path);
  /// The levels of a run, or without one the difference that is shown.
  void exportLevels(std::optional<int> run, const QString& path);

 Q_SIGNALS:
  void exported(const QString& path);
  void exportFailed(const QString& message);
  /// All that is shown has been computed.
  void ready();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  using RunKey = const Run*;
  struct Analysis {
    std::shared_ptr<const SpectrogramPyramid> levels;
    std::vector<TimeRange> pauses;
  };

  QWidget* makeControls();
  QWidget* makeDisplayForm();
  void fillExportMenu();
  void askToExport(const QString& suggested, const QString& filter,
                   const std::function<void(const QString&)>& write);
  void writeFile(const QString& path, const FileContent& content);
  void compute();
  void showPictures();
  void showColours();
  void tell(const QString& error);
  const Analysis* analysisOf(int index) const;
  QString titleOf(int index) const;
  int shownCount() const { return static_cast<int>(runs_.size()); }

  JobRunner& analysis_;
  Runs runs_;
  std::shared_ptr<const Run> other_take_;
  std::map<RunKey, Analysis> analyses_;
  std::map<RunKey, JobRunner::Id> jobs_;  ///< that compute, by run
  int test_ = 1;
  int active_ = 0;

  QStackedWidget* pages_ = nullptr;
  SpectrogramPlot* plot_ = nullptr;
  QComboBox* view_ = nullptr;
  QComboBox* compared_ = nullptr;
  QComboBox* scale_ = nullptr;
  QHBoxLayout* controls_ = nullptr;
  QComboBox* palette_ = nullptr;
  QDoubleSpinBox* loudest_ = nullptr;
  QDoubleSpinBox* range_ = nullptr;
  QDoubleSpinBox* difference_ = nullptr;
  QCheckBox* beyond_only_ = nullptr;
  QMenu* export_menu_ = nullptr;
  QLabel* readout_ = nullptr;
  QLabel* legend_ = nullptr;
  QLabel* message_ = nullptr;
};

}  // namespace octet::ui
