#pragma once

#include <QApplication>
#include <QLineEdit>
#include <QString>
#include <QTimer>
#include <QTreeView>
#include <QUndoGroup>
#include <chrono>
#include <functional>
#include <utility>
#include <vector>

#include "tests/ui/model_tree/find_path.h"
#include "tests/ui/wheel.h"
#include "ui/listen/listen_panel.h"
#include "ui/measures/measures_panel.h"
#include "ui/model_tree/layer_filter.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/spectrogram/spectrogram_panel.h"
#include "ui/workbench/main_window.h"

namespace octet::test {

inline void work_until(const std::function<bool()>& done) {
  while (!done()) QApplication::processEvents(QEventLoop::WaitForMoreEvents);
}

/// What a person does with the window, each under a name.
inline std::vector<std::pair<QString, std::function<void()>>> deeds_of(ui::MainWindow& window) {
  auto& tree = window.modelTree();
  auto* waveform = window.findChild<QWidget*>("waveform");
  auto* search = tree.findChild<QLineEdit*>("layerSearch");
  const auto turn = [waveform](int steps) {
    turn_wheel(*waveform, waveform->rect().center(), steps, Qt::ControlModifier);
  };
  return {
      {"zoom in", [=] { turn(2); }},
      {"zoom out", [=] { turn(-2); }},
      {"filter", [=] { search->setText("r"); }},
      {"clear the filter", [=] { search->clear(); }},
      {"expand all", [&tree] { tree.view().expandAll(); }},
      {"select the flow", [&tree] { tree.view().setCurrentIndex(find_path(tree.filter(), "flow")); }},
      {"change the flow", [&tree] { tree.choose(Precision::bf16); }},
      {"undo", [&window] { window.workbench().undoGroup().undo(); }},
      {"show the difference",
       [&window] { window.spectrogram().setView(ui::SpectrogramPanel::View::difference); }},
      {"show all pictures", [&window] { window.spectrogram().setView(ui::SpectrogramPanel::View::all); }},
      {"show the steps", [&window] { window.measures().showSection(ui::MeasuresPanel::Section::steps); }},
      {"show the scores", [&window] { window.measures().showSection(ui::MeasuresPanel::Section::scores); }},
      {"play or pause", [&window] { window.listen().player().togglePlaying(); }},
  };
}

/// Somebody who does one thing after the other, over and over, without waiting for what comes of it.
class Person {
 public:
  explicit Person(ui::MainWindow& window) : deeds_(deeds_of(window)) {
    hand_.setObjectName(deeds_.front().first);  // events are named after what comes next
    QObject::connect(&hand_, &QTimer::timeout, [this] {
      deeds_[done_++ % deeds_.size()].second();
      hand_.setObjectName(deeds_[done_ % deeds_.size()].first);
    });
  }

  /// One more thing to do in each round.
  void also(const QString& name, std::function<void()> deed) { deeds_.emplace_back(name, std::move(deed)); }
  void begin() { hand_.start(std::chrono::milliseconds(20)); }
  void rest() { hand_.stop(); }
  std::size_t deeds() const { return done_; }
  /// How often each was done.
  std::size_t rounds() const { return done_ / deeds_.size(); }

 private:
  std::vector<std::pair<QString, std::function<void()>>> deeds_;
  std::size_t done_ = 0;
  QTimer hand_;
};

}  // namespace octet::test
