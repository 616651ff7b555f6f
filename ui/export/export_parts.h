#pragma once

#include <QWidget>
#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/plan/plan.h"

class QRadioButton;
class QTreeWidget;

namespace octet::ui {

/// Which parts of a checkpoint go into an export: all, what synthesis needs, or a choice of one's own.
class ExportParts : public QWidget {
  Q_OBJECT

 public:
  /// All at first. `resolved` is a plan applied to the checkpoint.
  ExportParts(std::shared_ptr<const Checkpoint> checkpoint, const ResolvedPlan& resolved,
              QWidget* parent = nullptr);

  /// Names as Checkpoint::components has them; others are not there to be chosen.
  void choose(const std::vector<std::string>& components);
  std::vector<std::string> chosen() const;

 Q_SIGNALS:
  void changed();

 private:
  void fill(const ResolvedPlan& resolved);
  void showChoice();

  std::shared_ptr<const Checkpoint> checkpoint_;
  QRadioButton* whole_;
  QRadioButton* synthesis_;
  QRadioButton* own_;
  QTreeWidget* list_;
};

/// "14.8 MB"
QString megabytes(std::uint64_t bytes);
/// Makes the list as high as its rows.
void fit_rows(QTreeWidget& list);

}  // namespace octet::ui
