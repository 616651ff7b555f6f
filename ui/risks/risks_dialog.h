#pragma once

#include <QDialog>
#include <functional>
#include <optional>

#include "ui/jobs/job_runner.h"
#include "ui/risks/risk_picture.h"
#include "ui/risks/risk_work.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QProgressBar;
class QPushButton;

namespace octet::ui {

class RiskView;

/// Which risk of which plan on which clip, and what was found. Closed, it gives up what it still looks for; a
/// file that it was told to save is written.
class RisksDialog : public QDialog {
  Q_OBJECT

 public:
  using Found = std::function<void(const FoundRisk&)>;
  /// What the dialog has done by others, who outlive it.
  struct Bench {
    JobRunner& device;  ///< what `look` runs on
    /// Begins to look, and hands over what is found, as a job whose context is the dialog.
    std::function<JobRunner::Id(const RiskRequest&, QObject* context, Found)> look;
  };

  explicit RisksDialog(Bench bench, QWidget* parent = nullptr);

  /// What there is to choose from: names of plans in the order of their slots, and clips. `plan` and `clip`
  /// are chosen until a person chooses.
  void setChoices(const QStringList& plans, int plan, const std::vector<Clip>& clips, int clip);
  /// Of a file, or what was looked for.
  void showRisk(const FoundRisk& found);
  /// Has a parent write what is shown (WriteRequest) as the ending of the name says: .json as octet study
  /// risk does, .csv, .png, .svg.
  void save(const QString& path);

 Q_SIGNALS:
  void partChosen(const QString& part);
  /// In the plan of `slot`.
  void momentChosen(const std::string& clip, int slot, double seconds);
  void saved(const QString& path);

 private:
  QWidget* makeChoices();
  QWidget* makeProgress();
  std::vector<Clip> chosenClips() const;
  void look();
  void end(const JobEnd& end);
  void showWork();
  void askWhereToSave();

  Bench bench_;
  std::vector<Clip> clips_;
  std::optional<JobRunner::Id> job_;
  std::optional<FoundRisk> found_;
  QComboBox* risk_;
  QComboBox* plan_;
  QComboBox* clip_;
  QLabel* level_label_;
  QDoubleSpinBox* level_;
  QPushButton* look_;
  QPushButton* save_;
  QLabel* said_;
  QProgressBar* bar_;
  RiskView* view_;
};

}  // namespace octet::ui
