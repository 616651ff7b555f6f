#pragma once

#include <QDoubleSpinBox>
#include <QListWidget>

#include "ui/document/document.h"

namespace octet::ui {

/// The clips that a study is to be of, to be checked; the first few are at first.
class StudiedClips : public QListWidget {
  Q_OBJECT

 public:
  explicit StudiedClips(std::vector<Clip> clips, QWidget* parent = nullptr);

  std::vector<Clip> chosen() const;

 private:
  std::vector<Clip> all_;
};

/// How much of each is heard.
class StudiedSeconds : public QDoubleSpinBox {
  Q_OBJECT

 public:
  explicit StudiedSeconds(QWidget* parent = nullptr);

  /// Infinite: all of it.
  double seconds() const;
};

}  // namespace octet::ui
