#pragma once

#include <QWidget>

#include "ui/clips/clips_model.h"

class QLabel;
class QTreeView;

namespace octet::ui {

/// The clips of a document: which were spoken, which stands worst, what should be heard, and all of them at
/// once.
class ClipsPanel : public QWidget {
  Q_OBJECT

 public:
  explicit ClipsPanel(QWidget* parent = nullptr);

  /// In the document's order; `current` -1: none is chosen.
  void setClips(const std::vector<ClipLine>& clips, int current);
  void setReport(const Report& report);

 Q_SIGNALS:
  void clipChosen(int clip);
  void allRequested();
  void reportRequested();

 private:
  void fit();

  ClipsModel* model_;
  QTreeView* list_;
  QLabel* means_;
  bool filling_ = false;
};

/// The key measures of each run over all clips, with 95 % intervals where there are two clips: "B: Voice
/// 0.9943 ± 0.0036". A line a run; empty where nothing was measured.
QString means_text(const Report& report);

}  // namespace octet::ui
