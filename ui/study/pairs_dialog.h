#pragma once

#include <QDialog>
#include <memory>

#include "core/study/layer_pairs.h"

namespace octet::ui {

/// What two layers do together, and how far that is from what automatic plans expect. A pair that is taken is
/// found in the tree.
class PairsDialog : public QDialog {
  Q_OBJECT

 public:
  /// `name` is the file's.
  PairsDialog(std::shared_ptr<const LayerPairs> study, const QString& name, QWidget* parent = nullptr);

 Q_SIGNALS:
  void layersChosen(const QStringList& names);
};

}  // namespace octet::ui
