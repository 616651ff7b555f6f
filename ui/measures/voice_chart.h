#pragma once

#include "ui/plots/chart.h"
#include "ui/measures/scored_run.h"

namespace octet::ui {

/// Embedding similarity per clip: how much each run still sounds like the reference's speaker. A dot per run,
/// beside the floors; worst clip on top. The table has all clips, the plot the worst.
class VoiceChart : public Chart {
  Q_OBJECT

 public:
  explicit VoiceChart(QWidget* parent = nullptr);
  void setReport(const Report& report);
  /// In the place of what the clip had; drawn when it is looked at.
  void setClip(const QString& clip, const std::vector<ScoredRun>& runs);

 Q_SIGNALS:
  void clicked(const QString& clip, int run);

 protected:
  void draw() override;

 private:
  void click(const QPointF& place);

  std::vector<ScoredRun> runs_;
  QStringList clips_;  ///< that are plotted, from bottom to top
};

}  // namespace octet::ui
