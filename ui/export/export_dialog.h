#pragma once

#include <QDialog>
#include <QLabel>
#include <QPointer>
#include <optional>

#include "core/export/verify.h"
#include "ui/export/export_prediction.h"
#include "ui/export/export_work.h"
#include "ui/jobs/lanes.h"

class QCheckBox;
class QMessageBox;
class QPushButton;

namespace octet::ui {

class ExportFormats;
class ExportOutcome;
class ExportParts;
class ExportPlaceEdit;
class ExportProgress;

/// Writes a checkpoint that is ready to deploy, reads it back and shows what was verified. What it will take
/// is known to the byte before anything is written. Does not block. Closed while it works it asks, and then
/// gives up.
class ExportDialog : public QDialog {
  Q_OBJECT

 public:
  /// `resolved` is the plan applied to `checkpoint`. The lanes outlive the dialog. `device` is named as
  /// parse_device reads it, `threads` are those of Device.
  ExportDialog(std::shared_ptr<const Checkpoint> checkpoint, ResolvedPlan resolved, Lanes& lanes,
               const QString& device, int threads, QWidget* parent = nullptr);

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
  std::uint64_t predictedBytes() const { return prediction_.bytes(); }
  void setFile(const QString& path);
  /// Files that must not be replaced, beside the checkpoint.
  void setInputs(std::vector<std::filesystem::path> inputs) { inputs_ = std::move(inputs); }
  /// Names as Checkpoint::components has them; others are not there to be chosen.
  void setComponents(const std::vector<std::string>& components);
  std::vector<std::string> components() const;
  void setFormat(ExportFormat format);
  /// What compare_runs measured last, as to_json writes it: for the card, where it is of this plan.
  void setReport(std::string report) { report_ = std::move(report); }
  /// Of this plan (to_json of a Validation).
  void setValidation(std::string validation) { validation_ = std::move(validation); }
  /// What is known of how the plan sounds, in rich text; that a file is intact says nothing of it.
  void setSound(const QString& text) {
    sound_->setText(text);
    sound_->show();
    fitHeight();
  }
  /// Empty unless a verification ran to its end.
  const Verification& verification() const { return verification_; }

  void start();
  /// Of what runs; nothing is left of a file that was not complete.
  void cancel();
  /// Asks first while something runs.
  void reject() override;

 protected:
  bool event(QEvent* event) override;

 Q_SIGNALS:
  void stateChanged(octet::ui::ExportDialog::State state);
  /// A complete file is at `path`; it may not be verified yet.
  void exported(const QString& path);

 private:
  QWidget* makeContents();
  ExportRequest request() const;
  bool runs() const { return state_ == State::writing || state_ == State::verifying; }
  bool isComplete() const {
    return state_ == State::written || state_ == State::verified || state_ == State::wrong;
  }
  void setState(State state);
  void choicesChanged();
  void showStreams();
  JobRunner& lane() { return state_ == State::writing ? lanes_.analysis : lanes_.device; }
  void verify();
  void showFailure(const Error& error);
  void fitHeight();
  void ended(const JobEnd& end);

  std::shared_ptr<const Checkpoint> checkpoint_;
  ResolvedPlan resolved_;
  ExportPrediction prediction_;
  Lanes& lanes_;
  std::string device_;
  int threads_;
  std::vector<std::filesystem::path> inputs_;

  State state_ = State::choosing;
  std::optional<JobRunner::Id> job_;  ///< on lane()
  int attempt_ = 0;                   ///< so that what was given up does not come back
  bool closing_ = false;
  std::string report_, validation_;
  WrittenExport written_;
  std::filesystem::path path_;  ///< of the file that is being, or was, written
  Verification verification_;
  QString failure_, advice_;

  QWidget* form_ = nullptr;
  ExportParts* parts_ = nullptr;
  ExportFormats* formats_ = nullptr;
  QCheckBox* card_ = nullptr;
  QLabel* size_;
  ExportPlaceEdit* place_ = nullptr;
  QLabel* sound_;
  QLabel* failure_text_;
  ExportProgress* progress_ = nullptr;
  ExportOutcome* outcome_ = nullptr;
  QPushButton* start_ = nullptr;
  QPushButton* close_;
  QPointer<QMessageBox> question_;
};

}  // namespace octet::ui
