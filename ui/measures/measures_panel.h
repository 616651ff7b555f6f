#pragma once

#include <QWidget>
#include <map>
#include <optional>
#include <string>

#include "core/study/verdict.h"
#include "ui/jobs/job_runner.h"
#include "ui/measures/analysis.h"
#include "ui/measures/growing_report.h"
#include "ui/measures/scores_model.h"
#include "ui/measures/verdict.h"
#include "ui/timeline/timeline.h"

class QHBoxLayout;
class QLabel;
class QStackedWidget;
class QTabWidget;
class QTableView;
class QToolButton;

namespace octet::ui {

class CostPanel;
class NoiseChart;
class SelectionScores;
class StepChart;
class VoiceChart;

/// How far the runs are from their reference, beside how far float runs are from each other; and where to
/// listen for it.
class MeasuresPanel : public QWidget {
  Q_OBJECT

 public:
  enum class Section { scores, voice, steps, noise, cost };

  /// Measures on `looks`, which outlives this.
  explicit MeasuresPanel(JobRunner& looks, QWidget* parent = nullptr);

  /// The runs of the clip that is shown. What was found in other clips' runs is kept, so that their rows can
  /// be jumped to. Measures in the background.
  void setRuns(const Runs& runs);
  /// The numbers are of plans or settings that were changed since.
  void setOutdated(bool outdated);
  /// All clips compared so far. Runs are in the order of `Runs`.
  void setReport(const Report& report);
  /// What blind tests came to, a sentence for each clip and run: index in `Runs`.
  void setBlindTests(std::map<std::pair<std::string, int>, QString> said);
  /// What validations of their plans came to, by index in `Runs`.
  void setValidations(std::map<int, Conclusion> concluded);
  /// One clip of that report was measured, or again; the others are not looked at, but that all clips are
  /// judged anew in the background.
  void setClip(const Report& report, const ClipResult& clip);
  /// The first of the runs under other noise; nullptr: not there yet.
  void setOtherTake(const std::shared_ptr<const Run>& take);
  /// A few measures are shown of this stretch alone.
  void setSelection(const std::optional<TimeSpan>& selection);
  /// As at the start.
  void clear();

  void showSection(Section section);
  CostPanel& cost() { return *cost_; }
  /// What all clips together come to, of a run: index in `Runs`. No text where nothing was compared, and of
  /// plans that were changed since that they were.
  Conclusion overall(int run) const;
  /// Of the selected row; empty when nothing was compared.
  QString csv() const;
  /// What was found in the runs of the clip that is shown; empty until it was measured.
  const Analysis& analysis() const;

 Q_SIGNALS:
  /// A person wants to hear `run` of `clip` where it is worst, or at 0 s when that clip's runs were never
  /// given. The place is the middle of what differs: begin to play a little before it.
  void jumpRequested(const std::string& clip, int run, double seconds);
  /// And it is to be played at once.
  void playRequested();
  /// Where the clip that is shown differs most, seconds, worst first; empty where that is not known.
  void momentsShown(const std::vector<double>& seconds);
  /// The runs last given were measured: all sections are filled.
  void analysed();

 protected:
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  /// What all clips together say of a run.
  struct Judged {
    JudgedClips clips;
    Judgement judgement;
    std::optional<std::string> alarm;  ///< of what is predicted
  };

  QWidget* makeScores();
  void showHint();
  void showDetail();
  void showSelection();
  void showLooks();
  void showMoments();
  /// What the report knows the clip by that is shown; empty: none.
  std::string shownClip() const;
  void select(const std::string& clip, int run);
  void judge();
  void judgingEnded();
  void showVerdict(const std::vector<double>& moments);
  void jump(const std::string& clip, int run);
  void copyCsv();
  void fitColumns();
  void fitFloors();
  void refreshColours();

  JobRunner& lane_;
  GrowingReport report_;
  Runs runs_;
  std::shared_ptr<const Run> other_take_;
  std::optional<TimeSpan> selection_;
  bool outdated_ = false;
  std::map<std::string, Analysis> analyses_;  ///< by clip
  std::optional<JobRunner::Id> job_, judging_;
  Thresholds thresholds_ = read_thresholds(thresholds_file());
  std::map<std::pair<std::string, int>, QString> blind_tests_;  ///< by clip and run
  std::map<int, Conclusion> validations_;                       ///< by run
  bool judge_again_ = false;                                    ///< more came while it was judged
  std::map<int, Judged> judged_;                                ///< of all clips together, by run
  std::optional<std::pair<std::string, int>> awaited_;          ///< a jump whose place is being looked for

  ScoresModel* scores_;
  FloorsModel* floors_;
  QTabWidget* tabs_;
  QStackedWidget* scores_page_;
  QLabel* hint_;
  QTableView* overview_;
  QLabel* verdict_;
  std::vector<Standing> told_;  ///< what screen readers said of it
  QLabel* detail_title_;
  QToolButton* copy_;
  QTableView* detail_;
  QWidget* moments_;
  SelectionScores* selection_scores_;
  QLabel* legend_;
  VoiceChart* voice_;
  StepChart* steps_;
  NoiseChart* noise_;
  CostPanel* cost_;
};

}  // namespace octet::ui
