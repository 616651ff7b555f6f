// Telling runs apart by ear, from the window.

#include <QRandomGenerator>
#include <algorithm>

#include "ui/blind_test/blind_test_dialog.h"
#include "ui/blind_test/blind_words.h"
#include "ui/blind_test/sides.h"
#include "ui/listen/listen_panel.h"
#include "ui/measures/measures_panel.h"
#include "ui/theme/shown_path.h"
#include "ui/workbench/main_window.h"
#include "ui/workbench/message_bar.h"

namespace octet::ui {

BlindTestDialog* MainWindow::testBlind(std::unique_ptr<SoundSystem> sound) {
  if (!workbench_.checkpoint()) return nullptr;
  const auto runs = workbench_.runs();
  const auto of = [&](int slot) {
    const auto found = std::ranges::find_if(
        runs, [&](const auto& run) { return run->slot() == slot && run->edits_ago == 0; });
    return found == runs.end() ? nullptr : *found;
  };
  const BlindPair pair{of(0), of(std::max(1, workbench_.currentSlot())), timeline_.selection()};
  if (!pair.a || !pair.b) {
    messages_->say(MessageBar::Kind::hint, tr("There are no two runs to tell apart yet."),
                   tr("Synthesize this clip first."));
    return nullptr;
  }
  auto& player = listen_->player();
  player.pause();
  auto* dialog = new BlindTestDialog(pair, QRandomGenerator::system()->generate(), std::move(sound), this);
  dialog->player().output().choose(player.output().chosen());
  dialog->player().setVolume(player.volume());
  connect(dialog, &BlindTestDialog::ended, &workbench_, &Workbench::keepBlindTest);
  connect(dialog, &BlindTestDialog::saveRequested, this,
          [this, dialog](const QString& path) { saveBlindTest(*dialog, path); });
  keep(*dialog);
  dialog->open();
  return dialog;
}

void MainWindow::saveBlindTest(BlindTestDialog& dialog, const QString& path) {
  write(
      path,
      [test = dialog.test(), checkpoint = workbench_.checkpoint()] {
        return QByteArray::fromStdString(to_json(test, checkpoint->source_sha256()));
      },
      &dialog,
      [&dialog, path](const std::optional<Error>& error) {
        dialog.tellSaved(error ? QString::fromUtf8(error->what()) : tr("Saved: %1").arg(shown_path(path)));
      });
}

/// Beside the measures of the runs that were heard; of others, made since, nothing is known. All tests of
/// them: the best of several is no evidence.
void MainWindow::showBlindTests() {
  std::map<std::pair<std::string, int>, QString> said;
  for (const auto& test : workbench_.blindTests()) {
    const auto clip = clip_called(workbench_.clips(), test.clip);
    if (clip == workbench_.clips().end()) continue;
    const auto runs = workbench_.runsOf(*clip);
    const auto place = [&](const BlindTest::Side& side) {
      return std::ranges::find_if(runs, [&](const auto& run) { return is_of(test, side, *run); });
    };
    if (place(test.a) == runs.end() || place(test.b) == runs.end()) continue;
    auto& text = said[{test.clip, static_cast<int>(place(test.b) - runs.begin())}];
    text += text.isEmpty() ? cited(test) : QStringLiteral("; ") + cited(test);
  }
  measures_->setBlindTests(std::move(said));
}

}  // namespace octet::ui
