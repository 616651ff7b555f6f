#pragma once

#include <QWidget>

#include "ui/clips/clip_means.h"
#include "ui/clips/clips_model.h"

class QLabel;
class QSortFilterProxyModel;
class QTreeView;

namespace octet::ui {

/// The clips of a document: which were spoken, which stands worst, what should be heard, and all of them at
/// once. A click on a head sorts by it, a second the other way round, a third as the document has them; so
/// does the context menu.
class ClipsPanel : public QWidget {
  Q_OBJECT

 public:
  explicit ClipsPanel(QWidget* parent = nullptr);

  /// In the document's order; `current` -1: none is chosen.
  void setClips(const std::vector<ClipLine>& clips, int current);
  /// One of them has changed; the others are not looked at.
  void setClip(int clip, const ClipLine& line);
  void setCurrent(int clip);
  void setReport(const Report& report);
  /// One clip of that report was measured, or again; the others are not looked at.
  void setMeasured(const Report& report, const ClipResult& clip);

 Q_SIGNALS:
  void clipChosen(int clip);
  void allRequested();
  void reportRequested();

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void makeSorting();
  int currentClip() const;
  void fit();
  void showSaid();

  ClipsModel* model_;
  QSortFilterProxyModel* sorted_;  ///< as the list shows it
  QTreeView* list_;
  QLabel* said_;
  QLabel* means_;
  ClipMeans measured_;
  bool filling_ = false;
};

}  // namespace octet::ui
