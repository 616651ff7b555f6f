#pragma once

#include <QAbstractTableModel>
#include <QString>
#include <map>
#include <string>
#include <vector>

#include "core/metrics/report.h"
#include "ui/measures/scored_run.h"

namespace octet::ui {

/// One clip, as the list shows it.
struct ClipLine {
  enum class State { unspoken, outdated, spoken };

  QString name;
  QString text;  ///< what is said in it; empty: not known
  QString tags;
  State state = State::unspoken;
  double seconds = 0;  ///< 0: not known

  bool operator==(const ClipLine&) const = default;
};

/// The measure that stands worst of a clip.
struct WorstMeasure {
  QString text;  ///< "Voice 0.9907"
  Standing standing = Standing::unknown;
  double used = 0;  ///< ScoredMeasure::used
};
/// Over all runs of a clip, of the worst standing that which uses most of what it may; unknown where it was
/// not measured.
WorstMeasure worst_measure(const std::vector<ScoredRun>& runs);

/// A row a clip: whether it was spoken, what was worst, how long it is, what should be heard.
class ClipsModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kState, kName, kWorst, kSeconds, kTags, kText, kColumns };
  /// What a column is sorted by: what asks for a look is less.
  static constexpr int kSortRole = Qt::UserRole;

  using QAbstractTableModel::QAbstractTableModel;

  void setClips(const std::vector<ClipLine>& clips);
  /// One row has changed.
  void setLine(int row, const ClipLine& line);
  void setReport(const Report& report);
  /// One clip was measured, or again.
  void setWorst(const std::string& clip, const WorstMeasure& worst);
  /// Whether any clip has something in that column.
  bool says(Column column) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  /// Unknown where it was not measured.
  const WorstMeasure& worstOf(const ClipLine& clip) const;
  QVariant sortedBy(const ClipLine& clip, int column) const;
  QString textOf(const ClipLine& clip, int column) const;
  /// To those who do not see it.
  QString spokenText(const ClipLine& clip, int column) const;

  std::vector<ClipLine> clips_;
  std::map<std::string, WorstMeasure> worst_;  ///< by ClipResult::name
};

}  // namespace octet::ui
