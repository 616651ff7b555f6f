#pragma once

#include <QDialog>
#include <QElapsedTimer>
#include <QPointer>
#include <optional>

#include "core/export/verify.h"
#include "ui/export/export_work.h"
#include "ui/jobs/job_runner.h"

class QCheckBox;
class QLabel;
class QLineEdit;
class QMessageBox;
class QProgressBar;
class QPushButton;

namespace octet::ui {

class ExportFormats;
class ExportOutcome;
class ExportParts;

/// Writes a checkpoint that is ready to deploy, reads it back and shows what was verified. What it will take
/// is known to the byte before anything is written. Does not block; destroying it cancels.
class ExportDialog : public QDialog {
  Q_OBJECT

 public:
  /// `resolved` is the plan applied to `checkpoint`. It is written on the lane `writing` and verified on
  /// `verifying`, that of the device; both must outlive the dialog. `device` is named as parse_device reads
  /// it, `threads` are those of Device.
  ExportDialog(std::shared_ptr<const Checkpoint> checkpoint, ResolvedPlan resolved, JobRunner& writing,
               JobRunner& verifying, const QString& device, int threads, QWidget* parent = nullptr);
  ~ExportDialog() override;

  enum class State {
    choosing,  ///< before, and again after a failure or a cancel
    writing,
    verifying,
    written,  ///< but not verified: that was cancelled or could not be done
    verified,
    wrong,  ///< the file is not what the plan says
  };
  State state() const { return state_; }

  /// Of the file with what is chosen now.
  std::uint64_t predictedBytes() const { return predicted_; }
  void setFile(const QString& path);
  /// Files that must not be replaced, beside the checkpoint.
  void setInputs(std::vector<std::filesystem::path> inputs) { inputs_ = std::move(inputs); }
  /// Names as Checkpoint::components has them; others are not there to be chosen.
  void setComponents(const std::vector<std::string>& components);
  std::vector<std::string> components() const;
  void setFormat(ExportFormat format);
  /// What compare_runs measured last, as to_json writes it: for the card, where it is of this plan.
  void setReport(std::string report) { report_ = std::move(report); }
  /// Empty unless a verification ran to its end.
  const Verification& verification() const { return verification_; }

  void start();
  /// Of what runs; nothing is left of a file that was not complete.
  void cancel();
  /// Asks first while something runs.
  void reject() override;

 Q_SIGNALS:
  void stateChanged(octet::ui::ExportDialog::State state);
  /// A complete file is at `path`; it may not be verified yet.
  void exported(const QString& path);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QWidget* makeContents();
  void makeProgress();
  ExportRequest request() const;
  bool runs() const { return state_ == State::writing || state_ == State::verifying; }
  void setState(State state);
  void choosePlace();
  void choicesChanged();
  void predict(const std::vector<std::string>& components);
  void lookUp();
  void showPlace();
  JobRunner& lane() { return state_ == State::writing ? writing_ : verifying_; }
  void verify();
  void showProgress(const Progress& progress);
  void showFailure(const Error& error);
  void refreshColours();
  void fitHeight();
  void ended(const JobEnd& end);

  std::shared_ptr<const Checkpoint> checkpoint_;
  ResolvedPlan resolved_;
  JobRunner& writing_;
  JobRunner& verifying_;
  std::string device_;
  int threads_;
  std::vector<std::filesystem::path> inputs_;

  State state_ = State::choosing;
  std::optional<JobRunner::Id> job_;  ///< on lane()
  int attempt_ = 0;                   ///< so that what was given up does not come back
  bool closing_ = false;
  std::uint64_t predicted_ = 0;
  std::optional<std::pair<std::vector<std::string>, ExportFormat>> predicted_for_;
  QString unheld_;  ///< why the format cannot hold the plan; empty when it can
  std::string report_;
  WrittenExport written_;
  std::filesystem::path path_;  ///< of the file that is being, or was, written
  Verification verification_;
  QString failure_, advice_;
  QString stage_;
  QElapsedTimer stage_clock_;

  QWidget* form_ = nullptr;
  ExportParts* parts_ = nullptr;
  ExportFormats* formats_ = nullptr;
  QCheckBox* card_ = nullptr;
  QLabel* size_;
  QLineEdit* file_ = nullptr;
  QLabel* file_note_;
  QLabel* failure_text_;
  QLabel* stage_text_;
  QWidget* progress_;
  QProgressBar* bar_;
  QLabel* left_ = nullptr;
  ExportOutcome* outcome_ = nullptr;
  QPushButton* start_ = nullptr;
  QPushButton* close_;
  QPointer<QMessageBox> question_;
  ExportPlace place_found_;  ///< of the name that was looked up last
  JobRunner looking_;        ///< of its own: it is asked while files are written
};

}  // namespace octet::ui
