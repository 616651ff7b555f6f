#pragma once

#include <QPointer>
#include <QWidget>
#include <optional>
#include <vector>

#include "ui/inspector/layer_profiles.h"
#include "ui/inspector/seen_as.h"
#include "ui/model_tree/plan_editor.h"

class QComboBox;
class QLabel;
class QTabWidget;

namespace octet::ui {

class LayerChart;

/// One layer looked into: where it sits, what its weights are like, and what they lose as the plan stores
/// them or in another way. Looks only while it is seen.
class LayerInspector : public QWidget {
  Q_OBJECT

 public:
  enum class Section { weights, channels, inputs };

  /// Works on `looks`, which outlives this.
  explicit LayerInspector(JobRunner& looks, QWidget* parent = nullptr);

  /// Whose plan it is, in the colour of its slot; nullptr: none.
  void setEditor(PlanEditor* editor, int slot);
  /// Of the checkpoint's table; a path, or none, is -1.
  void setLayer(int layer);
  void showSection(Section section);

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  void offerWays();
  void look();
  void showProfile(const std::shared_ptr<const LayerProfile>& profile, const QString& hint);
  void showTitle();
  QString summary(const LayerProfile& profile) const;

  LayerProfiles profiles_;
  QPointer<PlanEditor> editor_;
  int slot_ = 0;
  int layer_ = -1;
  std::vector<SeenAs> ways_;
  std::optional<Recipe> wanted_;                 ///< what a person chose to see layers as; none: as planned
  std::shared_ptr<const LayerProfile> profile_;  ///< that is shown
  QLabel* title_;
  QComboBox* way_;
  QLabel* summary_;
  QTabWidget* tabs_;
  std::vector<LayerChart*> charts_;
};

}  // namespace octet::ui
