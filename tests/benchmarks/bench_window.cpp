// How long the window takes for what people do with a full-size model:
//   bench_window CHECKPOINT [ROUNDS]
// Each deed is done in every round, drawing included. Then the demo voice is synthesized, measured, exported
// and verified while somebody goes on, and the event that kept the window longest from the next one is told.
// Without a display, set QT_QPA_PLATFORM=offscreen.

#include <QApplication>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTreeView>
#include <QUndoStack>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/error.h"
#include "tests/benchmarks/person.h"
#include "tests/benchmarks/watched_application.h"
#include "tests/ui/model_tree/find_path.h"
#include "ui/export/export_dialog.h"
#include "ui/model_tree/layer_filter.h"
#include "ui/model_tree/layer_tree_model.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/spectrogram/spectrogram_pyramid.h"
#include "ui/workbench/main_window.h"
#include "ui/workbench/message_bar.h"

using namespace octet;
using namespace octet::ui;

namespace {

class Timings {
 public:
  void time(const std::string& deed, const std::function<void()>& act) {
    QElapsedTimer clock;
    clock.start();
    act();
    if (!milliseconds_.contains(deed)) order_.push_back(deed);
    milliseconds_[deed].push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
  }

  void print() {
    std::printf("%-44s %9s %9s %9s\n", "ms", "median", "min", "max");
    for (const auto& deed : order_) {
      auto& times = milliseconds_[deed];
      std::ranges::sort(times);
      std::printf("%-44s %9.1f %9.1f %9.1f\n", deed.c_str(), times[times.size() / 2], times.front(),
                  times.back());
    }
  }

 private:
  std::map<std::string, std::vector<double>> milliseconds_;
  std::vector<std::string> order_;
};

/// While A and B of the demo voice are spoken and measured, and an export is written and verified.
void print_longest_event(test::WatchedApplication& application) {
  MainWindow window;
  window.show();
  auto& workbench = window.workbench();
  workbench.openDemo();
  test::work_until([&] { return workbench.checkpoint() != nullptr; });
  workbench.synthesize();
  test::work_until([&] { return !workbench.synthesizing() && workbench.lanes().analysis.pending() == 0; });
  auto settings = workbench.settings();
  settings.seed = 1;
  workbench.setSettings(settings);
  const QTemporaryDir folder;
  auto* dialog = window.exportPlan();
  dialog->setFile(folder.filePath("b.safetensors"));
  test::Person person(window);
  application.forget();
  workbench.synthesize();
  dialog->start();
  person.begin();
  test::work_until([&] {
    return !workbench.synthesizing() && dialog->state() == ExportDialog::State::verified &&
           person.rounds() >= 2;
  });
  person.rest();
  std::printf("longest event of %zu deeds and all that went on beside them: %.1f ms, %s\n", person.deeds(),
              application.longest().milliseconds, qPrintable(application.longest().event));
}

bool open_and_show(MainWindow& window, const QString& path) {
  window.open({path});
  while (!window.workbench().checkpoint() && window.messages().message().isEmpty())
    QApplication::processEvents(QEventLoop::WaitForMoreEvents);
  window.modelTree().repaint();
  return window.workbench().checkpoint() && window.modelTree().filter().rowCount() > 0;
}

}  // namespace

int main(int argc, char** argv) {
  test::WatchedApplication application(argc, argv);
  QStandardPaths::setTestModeEnabled(true);  // settings of nobody
  QCoreApplication::setOrganizationName("octet-test");
  const auto arguments = QApplication::arguments();
  const int rounds = arguments.size() > 2 ? arguments[2].toInt() : 5;
  if (arguments.size() < 2 || rounds < 1) {
    std::fprintf(stderr, "usage: bench_window CHECKPOINT [ROUNDS]\n");
    return static_cast<int>(ErrorKind::usage);
  }
  // Frames of 10 ms, as the spectrogram has them.
  const SpectrogramPyramid sound({std::vector<float>(60'000 * 513), 513, 60'000, 0.01, 23.4});
  CellGrid view{0, 600, 900, {}};
  for (int row = 0; row <= 200; ++row) view.edges.push_back(row * 60.0);
  Timings timings;
  for (int round = 0; round < rounds; ++round) {
    MainWindow window;
    window.show();
    QApplication::processEvents();
    bool open = false;
    timings.time("open the checkpoint, show its tree", [&] { open = open_and_show(window, arguments[1]); });
    if (!open) {
      std::fprintf(stderr, "bench_window: %s\n", qPrintable(window.messages().message()));
      return static_cast<int>(ErrorKind::input);
    }
    auto& tree = window.modelTree();
    auto* stack = window.workbench().editor()->undoStack();
    const auto drawn = [&](const auto& act) {
      return [&tree, act] {
        act();
        tree.repaint();
      };
    };
    timings.time("expand all", drawn([&] { tree.view().expandAll(); }));
    auto* search = tree.findChild<QLineEdit*>("layerSearch");
    for (const auto* text : {"r", "re", "res", "resb", "resblocks"})
      timings.time(std::string("filter by \"") + text + '"', drawn([&] { search->setText(text); }));
    timings.time("clear the filter", drawn([&] { search->clear(); }));
    tree.view().expandAll();
    tree.view().setCurrentIndex(test::find_path(tree.filter(), "flow"));
    const auto layers =
        std::ranges::count(window.workbench().checkpoint()->layers(), "flow", &Layer::component);
    timings.time("int8 for all " + std::to_string(layers) + " layers of the flow",
                 drawn([&] { tree.choose(Precision::int8); }));
    timings.time("undo", drawn([&] { stack->undo(); }));
    auto* dialog = window.exportPlan();
    timings.time("predict the size of two parts", [&] { dialog->setComponents({"flow", "mel2wav"}); });
    timings.time("cut ten minutes of sound to a view", [&] { (void)sound.cells(view); });
  }
  timings.print();
  print_longest_event(application);
  return 0;
}
