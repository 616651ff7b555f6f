#pragma once

#include "ui/measures/chart.h"
#include "ui/measures/scored_run.h"

namespace octet::ui {

/// Embedding similarity per clip: how much each run still sounds like the reference's speaker. A dot per run,
/// beside the floors; worst clip on top.
class VoiceChart : public Chart {
  Q_OBJECT

 public:
  explicit VoiceChart(QWidget* parent = nullptr);
  void setRuns(std::vector<ScoredRun> runs);

 Q_SIGNALS:
  void clicked(const QString& clip, int run);

 protected:
  void draw() override;

 private:
  void click(const QPointF& place);

  std::vector<ScoredRun> runs_;
  QStringList clips_;  ///< from bottom to top
};

}  // namespace octet::ui
