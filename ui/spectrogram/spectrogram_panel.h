#pragma once

#include <QWidget>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/audio/sound_file.h"
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
class QVBoxLayout;

namespace octet::ui {

class SpectrogramPlot;
class Timeline;
struct SpectrogramPicture;

/// Shows the levels of the reference, of one other run, and what lies between, over time and frequency; the
/// clip's recording, where there is one, above them.
class SpectrogramPanel : public QWidget {
  Q_OBJECT

 public:
  enum class View { all, pair, active, difference, recorded };
  static constexpr int kRecording = -1;  ///< in place of a run's index

  /// Its rows are on `timeline`. Levels are computed by jobs of `analysis`. Both outlive the panel.
  SpectrogramPanel(Timeline& timeline, JobRunner& analysis, QWidget* parent = nullptr);

  /// What is known of runs that stay is kept.
  void setRuns(const Runs& runs);
  /// The first run under other noise, which tells what of a difference means nothing; may be null.
  void setOtherTake(const std::shared_ptr<const Run>& take);
  /// The recording that was tokenized, mono at kSampleRate; null: none, and no View::recorded.
  void setOriginal(const std::shared_ptr<const Sound>& original);
  /// The track that is heard: a run, or behind the runs the recording. It is what View::active shows and,
  /// where it is a run and not the reference, what is compared.
  void setActiveTrack(int track);
  /// View::recorded is kept for clips that have a recording; until then it is View::all.
  void setView(View view);
  /// Beside the views.
  void addControl(QWidget* control);
  /// Above the levels of the pictures.
  void addReadout(QWidget* readout);

  /// The levels at this place of what is shown, as "1.204 s  3.1 kHz  A −62 dB  B −58 dB  B−A +4.0 dB".
  QString readout(double seconds, double hz) const;

  /// What is shown, as it is shown. A parent writes it (WriteRequest); the file is complete once `exported`
  /// comes.
  void exportPicture(const QString& path);
  /// The levels of a run or kRecording, or without one the difference that is shown.
  void exportLevels(std::optional<int> run, const QString& path);

 Q_SIGNALS:
  void exported(const QString& path);
  void exportFailed(const QString& message);
  /// All that is shown has been computed.
  void ready();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  using Samples = std::shared_ptr<const std::vector<float>>;
  using Key = const std::vector<float>*;
  struct Analysis {
    std::shared_ptr<const SpectrogramPyramid> levels;
    std::vector<TimeRange> pauses;
  };
  struct Job {
    JobRunner::Id id;
    QString name;  ///< of what it looks at
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
  void offerRecording();
  View view() const;
  // Of a run or kRecording.
  Samples samplesOf(int index) const;
  QString letterOf(int index) const;
  QString titleOf(int index) const;
  QColor colourOf(int index) const;
  const Analysis* analysisOf(int index) const;
  SpectrogramPicture pictureOf(int index) const;
  SpectrogramPicture differenceOf(int index) const;
  std::vector<int> shownSounds() const;
  int shownCount() const { return static_cast<int>(runs_.size()); }

  JobRunner& analysis_;
  Runs runs_;
  std::shared_ptr<const Run> other_take_;
  Samples original_;
  std::map<Key, Analysis> analyses_;
  std::map<Key, Job> jobs_;  ///< that compute
  int test_ = 1;
  int active_ = 0;
  bool recording_wanted_ = false;  ///< View::recorded was chosen last

  QStackedWidget* pages_ = nullptr;
  SpectrogramPlot* plot_ = nullptr;
  QComboBox* view_ = nullptr;
  QComboBox* compared_ = nullptr;
  QComboBox* scale_ = nullptr;
  QHBoxLayout* controls_ = nullptr;
  QVBoxLayout* readouts_ = nullptr;
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
