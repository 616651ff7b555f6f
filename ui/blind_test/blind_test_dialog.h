#pragma once

#include <QDialog>
#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "core/metrics/blind_test.h"
#include "ui/listen/player.h"
#include "ui/runs/run.h"
#include "ui/timeline/timeline.h"

class QButtonGroup;
class QLabel;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QStackedWidget;
class QTreeWidget;

namespace octet::ui {

/// Two runs to tell apart by ear.
struct BlindPair {
  std::shared_ptr<const Run> a, b;
  std::optional<TimeSpan> seconds;  ///< of the clip; none: all of it
};

/// A blind test of two runs: X is one of them, drawn anew in each trial, and nothing here or in the window
/// behind tells which. It has a player of its own, level-matched, that changes between them at the sample.
/// How many were right is told at the end alone, so that stopping early is no choice by what came so far.
/// Closed while it is being saved, the file is written still.
class BlindTestDialog : public QDialog {
  Q_OBJECT

 public:
  /// `seed` decides what X is. Tests hand in a sound system of theirs.
  BlindTestDialog(BlindPair pair, std::uint64_t seed, std::unique_ptr<SoundSystem> system = nullptr,
                  QWidget* parent = nullptr);

  Player& player() { return player_; }
  const BlindTest& test() const { return test_; }

  void start();
  /// Where nothing was answered there is nothing to tell, and it closes.
  void stop();
  /// Asks for a place when `path` is empty.
  void save(const QString& path);
  /// What came of saving.
  void tellSaved(const QString& text);
  /// Of a test that runs: stops it first, so that answers are not lost by one key.
  void reject() override;

 Q_SIGNALS:
  /// The last trial was answered, or it was stopped after some.
  void ended(const octet::BlindTest& test);
  void saveRequested(const QString& path);

 private:
  using Sound = BlindTest::Sound;
  enum class Page { question, trial, result };
  enum class Heard { a, x, b };

  QString pairText() const;
  QWidget* makeQuestion();
  QWidget* makeTrial();
  QWidget* makeResult();
  void hear(Heard heard);
  void answer(Sound sound);
  void beginTrial();
  void end();
  QString nameOf(Sound sound) const;
  bool runs() const;
  void showWork();

  BlindPair pair_;
  BlindTest test_;
  std::vector<Sound> hidden_;
  bool heard_x_ = false;  ///< in this trial
  Player player_;

  QStackedWidget* pages_;
  QSpinBox* trials_ = nullptr;
  QPushButton *start_ = nullptr, *play_ = nullptr, *stop_ = nullptr, *save_ = nullptr, *close_ = nullptr;
  QLabel *trial_ = nullptr, *heard_ = nullptr, *problem_ = nullptr, *result_ = nullptr, *saved_ = nullptr;
  QProgressBar* progress_ = nullptr;
  QButtonGroup* hearing_ = nullptr;
  std::array<QPushButton*, 2> answers_{};
  QTreeWidget* told_ = nullptr;
};

}  // namespace octet::ui
