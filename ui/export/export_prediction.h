#pragma once

#include <QCoreApplication>
#include <QString>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/export/format.h"
#include "core/plan/plan.h"

namespace octet::ui {

/// What an export of chosen parts in a chosen format will take: known to the byte before anything is written.
class ExportPrediction {
  Q_DECLARE_TR_FUNCTIONS(octet::ui::ExportPrediction)

 public:
  /// `resolved` is a plan applied to the checkpoint.
  ExportPrediction(std::shared_ptr<const Checkpoint> checkpoint, ResolvedPlan resolved);

  /// Names as Checkpoint::components has them. Computes only where the choice is another.
  void choose(const std::vector<std::string>& components, ExportFormat format);

  /// 0 where it is not possible.
  std::uint64_t bytes() const { return bytes_; }
  /// Something is chosen, and the format can hold it under this plan.
  bool possible() const { return chosen_ && !chosen_->first.empty() && unheld_.isEmpty(); }
  /// The size, or why there is none, as rich text.
  QString text() const;

 private:
  std::shared_ptr<const Checkpoint> checkpoint_;
  ResolvedPlan resolved_;
  std::optional<std::pair<std::vector<std::string>, ExportFormat>> chosen_;
  std::uint64_t bytes_ = 0, beside_weights_ = 0;
  QString unheld_;  ///< why the format cannot hold the plan; empty when it can
};

}  // namespace octet::ui
