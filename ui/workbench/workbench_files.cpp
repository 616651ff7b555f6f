// What is read for the layers of the checkpoint that is open: calibrations and studies.

#include "core/study/pairs_file.h"
#include "ui/workbench/workbench.h"

namespace octet::ui {

void Workbench::openCalibration(const std::filesystem::path& file) {
  if (!checkpoint_) return sayNothingIsOpen(file);
  const auto path = settled(file);
  lanes_.analysis.run(
      tr("Open %1").arg(QString::fromStdString(path.filename().string())), this,
      [path, checkpoint = checkpoint_](const JobControl&) { return open_calibration(path, *checkpoint); },
      [this, path, checkpoint = checkpoint_](std::shared_ptr<const Calibration> calibration) {
        if (checkpoint == checkpoint_) setCalibration(path, std::move(calibration));
      });
}

void Workbench::setCalibration(const std::filesystem::path& file,
                               std::shared_ptr<const Calibration> calibration) {
  calibration_file_ = file;
  calibration_ = std::move(calibration);
  validated_.clear();
  for (const auto& slot : plan_slots_) slot.editor->setCalibration(calibration_);
  Q_EMIT calibrationChanged();
}

void Workbench::openSensitivity(const std::filesystem::path& file) {
  if (!checkpoint_) return sayNothingIsOpen(file);
  lanes_.analysis.run(
      tr("Open %1").arg(QString::fromStdString(file.filename().string())), this,
      [file, checkpoint = checkpoint_](const JobControl&) { return read_study(file, *checkpoint); },
      [this, checkpoint = checkpoint_](ShownStudy study) {
        if (checkpoint == checkpoint_) showStudy(std::move(study));
      });
}

void Workbench::showStudy(ShownStudy study) {
  study_ = std::move(study);
  notice(study_->layers.warnings);
  Q_EMIT studyShown();
}

void Workbench::openPairs(const std::filesystem::path& file) {
  if (!checkpoint_) return sayNothingIsOpen(file);
  const auto name = QString::fromStdString(file.filename().string());
  lanes_.analysis.run(
      tr("Open %1").arg(name), this,
      [file, checkpoint = checkpoint_](const JobControl&) {
        return std::make_shared<const LayerPairs>(read_pairs(file, *checkpoint));
      },
      [this, name, checkpoint = checkpoint_](const std::shared_ptr<const LayerPairs>& study) {
        if (checkpoint != checkpoint_) return;
        const auto left = study->entries - study->layers.size() - study->pairs.size();
        if (left > 0)
          notice({tr("%n layers and pairs of %1 are not measured yet", nullptr, static_cast<int>(left))
                      .arg(name)
                      .toStdString()});
        Q_EMIT pairsShown(study, name);
      });
}

}  // namespace octet::ui
