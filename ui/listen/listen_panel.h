#pragma once

#include <QList>
#include <QWidget>

#include "ui/listen/player.h"
#include "ui/listen/waveform_view.h"

class QAction;
class QCheckBox;
class QHBoxLayout;
class QLabel;
class QPushButton;
class QSlider;
class QStackedLayout;
class QToolButton;

namespace octet::ui {

class LaneHeads;
class LevelMeter;

/// Hear the runs against each other: lanes, transport, loop, level match.
class ListenPanel : public QWidget {
  Q_OBJECT

 public:
  /// Its rows are on `timeline`, which outlives this. Tests hand in a sound system of theirs.
  explicit ListenPanel(Timeline& timeline, std::unique_ptr<SoundSystem> system = nullptr,
                       QWidget* parent = nullptr);

  void setRuns(const Runs& runs);
  /// Marks the runs, in their order, that would sound different if they were made now.
  void setOutdated(const std::vector<bool>& runs);
  /// The recording that was tokenized, mono at kSampleRate; null: none.
  void setOriginal(const std::shared_ptr<const Sound>& original,
                   std::shared_ptr<const SoundOverview> overview = nullptr);
  /// What is said while there is nothing to hear, and on the button below; without a text there is none.
  void invite(const QString& text, const QString& button, const QString& otherwise = {});

  /// Which frequencies are heard; to be placed where they are seen. Its taker owns it.
  QWidget* makeBandChooser();
  /// How loud every track is where the mouse points; likewise.
  QWidget* makeLevelReadout();

  Player& player() { return player_; }
  /// What the keyboard does, in the order of a menu. Keys that play and choose count in the whole window, but
  /// where a control has a use of its own for them; those that move and zoom while the focus is in here.
  const QList<QAction*>& transport() const { return transport_; }

 Q_SIGNALS:
  void activeRunChanged(int track);
  /// The button below the invitation was pressed.
  void invitationAccepted();
  /// The other one was.
  void otherwiseChosen();

 protected:
  void changeEvent(QEvent* event) override;
  /// To what has keys in here.
  void focusInEvent(QFocusEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  /// Of the whole program: keys of the control that has the focus.
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void make_actions();
  void show_device();
  QWidget* transport_row();
  QWidget* make_device();
  void make_volume(QHBoxLayout& row);
  QWidget* lanes();
  QWidget* empty_state();
  QWidget* banner();
  void show_tracks();
  void enable_actions();
  void show_position(double seconds);
  void show_level_match();
  void show_problem();
  void dress();
  void connect_timeline();

  Timeline& timeline_;
  Player player_;
  QString clip_;
  QList<QAction*> transport_, worst_;  ///< worst_: to markers
  QAction *play_ = nullptr, *to_start_ = nullptr, *back_ = nullptr, *forward_ = nullptr, *loop_ = nullptr,
          *swap_ = nullptr;
  WaveformView* waveform_ = nullptr;
  LaneHeads* heads_ = nullptr;
  QStackedLayout* pages_ = nullptr;
  QLabel *position_ = nullptr, *gain_ = nullptr, *problem_ = nullptr, *invitation_ = nullptr;
  QPushButton *accept_ = nullptr, *otherwise_ = nullptr;
  QWidget *banner_ = nullptr, *empty_ = nullptr;
  QCheckBox* level_match_ = nullptr;
  QSlider* volume_ = nullptr;
  QToolButton *mute_ = nullptr, *device_ = nullptr;
  LevelMeter* meter_ = nullptr;
};

}  // namespace octet::ui
