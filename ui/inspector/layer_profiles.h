#pragma once

#include <QCache>
#include <QObject>
#include <memory>
#include <optional>

#include "core/synthesis/layer_profile.h"
#include "ui/jobs/job_runner.h"

namespace octet::ui {

/// What is asked about a layer: as which recipe stores it, given what a calibration heard.
struct ProfileQuestion {
  std::shared_ptr<const Checkpoint> checkpoint;
  std::size_t layer = 0;  ///< of its table
  Recipe recipe;
  std::shared_ptr<const Calibration> calibration = {};  ///< or none
};

/// Layers looked into in the background, one at a time; what was found lately is known.
class LayerProfiles : public QObject {
  Q_OBJECT

 public:
  /// Works on `looks`, which outlives this.
  explicit LayerProfiles(JobRunner& looks, QObject* parent = nullptr);

  /// `found` comes, at once where it is known, or `failed`; what was asked for earlier is given up.
  void ask(const ProfileQuestion& question);
  /// Nothing comes any more of what was asked.
  void giveUp();

 Q_SIGNALS:
  void found(const std::shared_ptr<const octet::LayerProfile>& profile);
  void failed(const QString& message);

 private:
  using Found = std::shared_ptr<const LayerProfile>;

  JobRunner& lane_;
  std::optional<JobRunner::Id> job_;
  QCache<QString, Found> known_;  // by layer, recipe and calibration; of one checkpoint:
  std::shared_ptr<const Checkpoint> checkpoint_;
};

}  // namespace octet::ui
