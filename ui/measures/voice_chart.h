#pragma once

#include <map>
#include <string>
#include <vector>

#include "ui/measures/scored_run.h"
#include "ui/plots/chart.h"

namespace octet::ui {

/// Embedding similarity per clip: how much each run still sounds like the reference's speaker. A dot per run,
/// beside the floors, and how alike another clip's voice is; worst clip on top. The table has all clips, the
/// plot the worst.
class VoiceChart : public Chart {
  Q_OBJECT

 public:
  explicit VoiceChart(QWidget* parent = nullptr);
  void setReport(const Report& report);
  /// In the place of what the clip had; drawn when it is looked at.
  void setClip(const ClipResult& clip, const std::vector<ScoredRun>& runs);

 Q_SIGNALS:
  void clicked(const std::string& clip, int run);

 protected:
  void draw() override;

 private:
  /// A column of the table, and a mark in the plot.
  struct Column {
    QString name;
    QColor colour;
    QCPScatterStyle mark;
    std::map<std::string, double> values = {};  ///< by clip, as all here (ScoredRun::clip)
  };
  /// Speaker embeddings: whose voice was asked for, and what is heard of the reference.
  struct Voice {
    std::vector<float> asked, heard;
  };

  std::vector<Column> columns() const;
  /// The highest cosine between the reference of a clip and those of others in other voices; NaN without.
  double nearestOtherVoice(const std::string& clip) const;
  void drawColumns(const std::vector<Column>& columns);
  void drawAxes(double lowest);
  void fillTable(const std::vector<Column>& columns, const std::vector<std::string>& worst_last);
  void click(const QPointF& place);

  std::vector<ScoredRun> runs_;
  std::map<std::string, Voice> voices_;
  std::vector<std::string> clips_;  ///< that are plotted, from bottom to top
};

}  // namespace octet::ui
