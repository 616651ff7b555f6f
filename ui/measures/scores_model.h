#pragma once

#include <QAbstractTableModel>
#include <optional>

#include "ui/measures/measure_names.h"
#include "ui/measures/scored_run.h"

namespace octet::ui {

/// A row per clip and run, worst first, with the key measures. A click on a column's head sorts by it, worst
/// first.
class ScoresModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  using QAbstractTableModel::QAbstractTableModel;

  void setReport(const Report& report);
  /// In the place of what the clip had, each where it belongs; the other rows stay what they are.
  void setClip(const std::string& clip, std::vector<ScoredRun> runs);
  const ScoredRun& at(int row) const { return rows_.at(static_cast<std::size_t>(row)); }
  /// -1 when there is none.
  int rowOf(const std::string& clip, int run) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  void sort(int column, Qt::SortOrder order) override;

 private:
  bool before(const ScoredRun& first, const ScoredRun& second) const;

  int column_ = -1;  ///< by which rows are sorted; -1: as they rank
  Qt::SortOrder order_ = Qt::AscendingOrder;
  std::vector<ScoredRun> rows_;
};

/// The measures of one run, each beside its floors, under headings of what they are about.
class FloorsModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  /// Columns behind the measure and the run; other noise is the first of the floors.
  static constexpr int kLimit = 2, kFirstFloor = 3;

  using QAbstractTableModel::QAbstractTableModel;

  void setRun(const ScoredRun& run);
  void clear();
  const ScoredRun& run() const { return run_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;

 private:
  struct Row {
    MeasureGroup group;
    std::optional<std::size_t> measure;  ///< of run_.measures; empty: a heading
  };

  ScoredRun run_;
  std::vector<Row> rows_;
};

}  // namespace octet::ui
