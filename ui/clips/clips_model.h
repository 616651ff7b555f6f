#pragma once

#include <QAbstractTableModel>
#include <QString>
#include <map>
#include <vector>

#include "core/metrics/report.h"
#include "ui/measures/standing.h"

namespace octet::ui {

/// One clip, as the list shows it.
struct ClipLine {
  enum class State { unspoken, outdated, spoken };

  QString name;
  QString text;  ///< what is said in it; empty: not known
  QString tags;
  State state = State::unspoken;
};

/// The measure that stands worst of a clip.
struct WorstMeasure {
  QString text;  ///< "Voice 0.9907"
  Standing standing = Standing::unknown;
};
/// By clip, over all its runs; clips that were not measured are missing.
std::map<QString, WorstMeasure> worst_measures(const Report& report);

/// A row a clip: whether it was spoken, what was worst, what should be heard.
class ClipsModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kName, kWorst, kText, kColumns };

  using QAbstractTableModel::QAbstractTableModel;

  void setClips(const std::vector<ClipLine>& clips);
  void setReport(const Report& report);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  std::vector<ClipLine> clips_;
  std::map<QString, WorstMeasure> worst_;
};

}  // namespace octet::ui
